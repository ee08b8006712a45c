"""Which held-out metric tells how a run does, and what it is compared with."""

from dataclasses import dataclass

import numpy as np

from core.diagnosis.points import WINDOW, Points, points_of
from core.diagnosis.solo import primary_metric
from core.history import History
from core.metric_table import METRICS, MetricSpec
from core.metrics import read_key

HELD_OUT = "val"  # splits of held-out examples begin so
PROBED = "val_probe"  # fixed examples of training, in evaluation mode


@dataclass(frozen=True)
class Judge:
    """The metric a run is judged by.

    Args:
        metric: Its key.
        spec: Its nature.
        constant: Key of what the best constant reaches; empty where it was not measured.
    """

    metric: str
    spec: MetricSpec
    constant: str = ""

    @property
    def sign(self) -> float:
        """1 where higher is better, -1 where lower is."""
        return 1.0 if self.spec.higher_is_better else -1.0

    def points(self, history: History, first_step: int = 0, end_step: float = np.inf) -> Points:
        """Read its finite values."""
        return points_of(history, self.metric, first_step, end_step)

    def base(self, history: History) -> float:
        """Give what a model that knows nothing reaches: the constant, else the first evaluation."""
        value = points_of(history, self.constant or self.metric).value
        return float(np.median(value[:WINDOW] if self.constant else value[:1]))


def find_judge(history: History) -> Judge | None:
    """Find the held-out metric that stands for a run: one beside a constant, else the first known.

    Example:
        >>> from core.history import Series
        >>> one = Series("val/mse_loss", np.arange(2), np.zeros(2), np.ones(2))
        >>> find_judge(History(series={one.metric: one})).sign
        -1.0
    """
    if (primary := primary_metric(history)) is not None:
        return Judge(primary[0], read_key(primary[0]).spec, primary[1])
    order = {name: place for place, name in enumerate(METRICS)}
    found = [
        (order.get(key.spec.name, len(order)), metric)
        for metric in history.series
        if (key := read_key(metric)).split.startswith(HELD_OUT)
        and key.split != PROBED
        and key.spec.higher_is_better is not None
    ]
    if not found:
        return None
    metric = min(found)[1]
    return Judge(metric, read_key(metric).spec)


def held_out_loss(history: History) -> str | None:
    """Find a held-out loss: that of a term, else a whole one; None where none was measured."""
    for metric in sorted(history.series):
        key = read_key(metric)
        if key.split.startswith(HELD_OUT) and key.split != PROBED and key.spec.name == "raw":
            return metric
    names = ("total_loss", "val_loss", "cosine_loss", "mse_loss")
    keys = [f"{HELD_OUT}/{name}" for name in names]
    return next((key for key in keys if key in history.series), None)
