"""Keys of metrics, taken apart and written out.

Keys: `<split>/<metric>` ("val_easy/residue_accuracy") and `<split>/<term>/<part>` ("train/ce/raw");
a conflict is `train/<term>+<term>/conflict`. Splits: train, and any name that begins with val.
"""

from dataclasses import dataclass
from math import isnan

from core.metric_table import ALIASES, METRICS, PARTS, MetricSpec

TERM_LABELS: dict[str, str] = {"ce": "cross-entropy", "info_nce": "InfoNCE", "mse": "MSE"}


def term_label(term: str) -> str:
    """Give the name of a term as it stands in legends, tables and findings."""
    return TERM_LABELS.get(term, term.replace("_", " "))


@dataclass(frozen=True)
class MetricLine:
    """A metric on a chart of a run.

    Args:
        key: Its key.
        label: At the end of its line.
        style: "main" and "second" speak, "other" is the same on harder data, "noisy" is measured
            while training, "reference" is what a constant reaches; the name of a term gives its
            colour.
    """

    key: str
    label: str
    style: str = "main"


@dataclass(frozen=True)
class MetricGroup:
    """Metrics of one unit that belong on one chart; each problem names its own.

    Args:
        title: Heading of the chart.
        lines: What is drawn.
        is_log: Whether the axis is logarithmic.
        marks: Values worth a dotted rule, with their names.
        remark: Behind the heading, before the unit: what the values were measured on.
    """

    title: str
    lines: tuple[MetricLine, ...]
    is_log: bool = False
    marks: tuple[tuple[float, str], ...] = ()
    remark: str = "validation"


@dataclass(frozen=True)
class MetricKey:
    """A key, taken apart.

    Args:
        split: "train", "val_easy" ...
        term: The loss term; None for a metric of the whole.
        spec: Its nature; of an unknown metric only the name is known.
    """

    split: str
    term: str | None
    spec: MetricSpec

    @property
    def label(self) -> str:
        """As on charts: "residue accuracy", "cross-entropy share"."""
        return f"{term_label(self.term)} {self.spec.label}" if self.term else self.spec.label


def shown(value: float, spec: MetricSpec) -> str:
    """Write a value with its unit; fractions as percent.

    Example:
        >>> shown(0.739, METRICS["residue_accuracy"]), shown(4_321.0, METRICS["ppm_error"])
        ('73.9 %', '4,321 ppm')
        >>> shown(-0.00266, METRICS["avg_cosine_similarity"])
        '−0.003'
    """
    if isnan(value):
        return "NaN"
    if spec.unit == "fraction":
        return f"{100 * value:.1f} %"
    few = f"{value:.3f}" if not spec.unit and abs(value) < 1 else f"{value:.3g}"
    number = f"{value:,.0f}" if abs(value) >= 10 else few
    return f"{number} {spec.unit}".rstrip().replace("-", "−")


def canonical_key(key: str) -> str:
    """Turn a name that others use into ours; any other stays as it is.

    Example:
        >>> canonical_key("train/ce_final"), canonical_key("loss")
        ('train/ce/raw', 'loss')
    """
    return ALIASES.get(key, key)


def read_key(key: str) -> MetricKey:
    """Take a key apart; an unknown metric has neither unit nor direction.

    Example:
        >>> read_key("train/ce/share").spec.unit, read_key("val_hard/ppm_error").split
        ('%', 'val_hard')
    """
    parts = canonical_key(key).split("/")
    if len(parts) == 3 and parts[2] in PARTS:
        return MetricKey(parts[0], parts[1], PARTS[parts[2]])
    split, name = (parts[0], "/".join(parts[1:])) if len(parts) > 1 else ("", parts[0])
    unknown = MetricSpec(name, name.replace("_", " "), higher_is_better=None)
    return MetricKey(split, None, METRICS.get(name, unknown))
