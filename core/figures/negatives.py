"""Figures of hard-negative batches: members, similarities, filling, hubs, pull, map."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.figures.bars import BarGroup, BarsFigure
from core.figures.curves import Curve, CurveFigure, Panel, Rule, Style, quiet_styles
from core.figures.heat import HeatFigure, HeatPanel
from core.figures.points import PointGroup, PointsFigure
from core.figures.theme import faded, term_color
from core.samplers.composition import QuickTest
from core.samplers.difficulty import Difficulty, effective_count, pull_shares
from core.samplers.epoch import Epoch, Origin
from core.samplers.hubs import Hubness
from core.samplers.reading import filled_by_batch

HARD = term_color("info_nce")
COLORS: Mapping[Origin, str] = {
    Origin.PIVOT: "ink",
    Origin.OWN_LIST: HARD,
    Origin.TWO_HOPS: faded(HARD, 0.6),
    Origin.TOP_UP: faded(HARD, 0.35),
    Origin.RANDOM: "ghost",
}
NAMES: Mapping[Origin, str] = {
    Origin.OWN_LIST: "hard, of the pivot's own list",
    Origin.TWO_HOPS: "hard, neighbour of a neighbour",
    Origin.TOP_UP: "hard, nearest that was free",
    Origin.RANDOM: "random",
}
BIN = 0.05
SHOWN_DEGREES = 40  # bars of a histogram of whole numbers at most
TEMPERATURES = np.geomspace(0.01, 1.0, 81)
QUIET_TEMPERATURES = (0.02, 0.07, 0.2, 1.0)
MOST_POINTS = 1_500


def summarise_members(
    similarity: Sequence[float], origins: Sequence[Origin], texts: Sequence[str]
) -> BarsFigure:
    """Collect the similarity to the pivot of each negative of a batch, in this order."""
    place = {origin: [i for i, own in enumerate(origins) if own == origin] for origin in NAMES}
    groups = [
        BarGroup(
            name,
            tuple(i + 1 for i in place[origin]),
            tuple(similarity[i] for i in place[origin]),
            COLORS[origin],
            tuple(f"{similarity[i]:.2f}  {texts[i]}" for i in place[origin]),
            width=0.78,
        )
        for origin, name in NAMES.items()
        if place[origin]
    ]
    low = min([0.0, *similarity])
    return BarsFigure("members", "negative, in the order below", "similarity to the pivot",
                      tuple(groups), "overlay", (1.08 * low, 1.02),
                      (0.3, len(similarity) + 0.7))  # fmt: skip


def summarise_histogram(hard: np.ndarray, random: np.ndarray) -> BarsFigure:
    """Count pairs of a pivot and a negative by their similarity, in percent of their kind."""
    low = BIN * np.floor(min([0.0, *hard, *random]) / BIN)
    edges = np.arange(low, 1 + BIN, BIN)
    groups = []
    for name, values, color in (("random", random, "ghost"), ("hard", hard, HARD)):
        if not len(values):
            continue
        share = 100 * np.histogram(values.clip(max=edges[-1]), edges)[0] / len(values)
        text = tuple(
            f"{name}, {a:.2f} to {a + BIN:.2f}: {s:.1f} %"
            for a, s in zip(edges, share, strict=False)
        )
        middle = tuple((edges[:-1] + BIN / 2).tolist())
        groups.append(
            BarGroup(f"{name} ({len(values):,})", middle, tuple(share.tolist()), color, text)
        )
    rules = tuple(
        Rule(float(values.mean()), "x", f"mean {values.mean():.2f}")
        for values in (random, hard)
        if len(values)
    )
    return BarsFigure("similarities", "similarity to the pivot, cosine", "share of pairs, %",
                      tuple(groups), "group", rules=rules, x_range=(float(low), 1.0))  # fmt: skip


def summarise_difficulty(
    drawn: Difficulty, uniform: Difficulty, measure: str, here: tuple[float, int]
) -> HeatFigure:
    """Lay the difficulty as drawn beside that of uniform draws.

    Args:
        drawn: Of the sampler here.
        uniform: Of one that draws any of the k nearest.
        measure: "mean" of all negatives, or the "hardest".
        here: Hard ratio and k that are looked at; marked where the table has them.
    """
    values = [getattr(one, measure) for one in (drawn, uniform)]
    place = None
    if here[0] in drawn.ratios and here[1] in drawn.ks:
        place = (float(drawn.ks.index(here[1])), float(drawn.ratios.index(here[0])))
    return HeatFigure(
        f"difficulty-{measure}",
        "neighbours k",
        "hard ratio",
        tuple(map(str, drawn.ks)),
        tuple(f"{ratio:g}" for ratio in drawn.ratios),
        (
            HeatPanel("As drawn here", "the nearest free first", values[0]),
            HeatPanel("Any of the k nearest", "drawn uniformly, expected", values[1]),
        ),
        HARD,
        (0.0, float(max(0.2, *(value.max() for value in values)))),
        place,
    )


def summarise_filling_by_batch(epochs: Mapping[str, Epoch]) -> CurveFigure:
    """Collect the filled share of hard slots through the epoch, by method."""
    styles: dict[str, Style] = {"planned": (HARD, "solid"), "sequential": ("muted", "dash")}
    curves = [
        Curve(name, np.arange(1.0, len(epoch.members) + 1), 100 * filled_by_batch(epoch),
              *styles[name], gaps=True)
        for name, epoch in epochs.items()
    ]  # fmt: skip
    panel = Panel("hard slots filled, %", tuple(curves), y_range=(0.0, 104.0))
    return CurveFigure("filling", "batch of the epoch", (panel,))


def summarise_hubs(hubness: Hubness) -> BarsFigure:
    """Count items by the number of lists they stand in."""
    degree = hubness.in_degree
    width = max(1, int(np.ceil((degree.max() + 1) / SHOWN_DEGREES)))
    edges = np.arange(0, degree.max() + width + 1, width)
    count = np.histogram(degree, edges)[0]
    last = edges[:-1] + width - 1
    text = tuple(
        f"in {a}{f' to {b}' if b > a else ''} lists: {c:,} items"
        for a, b, c in zip(edges, last, count, strict=False)
    )
    group = BarGroup("items", tuple(((edges[:-1] + last) / 2).tolist()), tuple(count.tolist()),
                     HARD, text, width=width * 0.9)  # fmt: skip
    mean = float(degree.mean())
    return BarsFigure("hubs", "lists that an item stands in", "items", (group,), "overlay",
                      rules=(Rule(mean, "x", f"mean {mean:.0f}"),))  # fmt: skip


def summarise_pull(similarity: np.ndarray, temperature: float) -> CurveFigure:
    """Collect the share of the push by rank of the negative, at several temperatures."""
    rank = np.arange(1.0, len(similarity) + 1)
    quiet = [t for t in QUIET_TEMPERATURES if abs(t - temperature) > 1e-9]
    name = f"T = {temperature:g}"
    styles = quiet_styles([name, *(f"T = {t:g}" for t in quiet)], name, HARD)
    curves = [
        Curve(f"T = {t:g}", rank, 100 * pull_shares(similarity, t), *styles[f"T = {t:g}"],
              width=1.5)
        for t in quiet
    ]  # fmt: skip
    own = Curve(name, rank, 100 * pull_shares(similarity, temperature), HARD)
    even = 100 / len(similarity)
    panel = Panel(
        "share of the push, %, log axis",
        (*curves, own),
        y_log=True,
        y_range=(0.01, 100.0),
        rules=(Rule(even, "y", f"even: {even:.1f} %"),),
    )
    return CurveFigure("pull", "negative, the hardest first", (panel,))


def summarise_effective(similarity: np.ndarray, temperature: float) -> CurveFigure:
    """Collect how many negatives count, over the temperature."""
    count = np.array([effective_count(pull_shares(similarity, float(t))) for t in TEMPERATURES])
    own = effective_count(pull_shares(similarity, temperature))
    panel = Panel(
        "negatives that count",
        (Curve("1 / Σ share²", TEMPERATURES, count, HARD, legend=False),
         Curve("here", np.array([temperature]), np.array([own]), "ink", legend=False)),
        y_range=(0.0, 1.1 * len(similarity)),
        rules=(Rule(float(len(similarity)), "y", f"all {len(similarity)}"),),
    )  # fmt: skip
    ticks = tuple((t, f"{t:g}") for t in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0))
    return CurveFigure("effective", "temperature T, log axis", (panel,), x_log=True, x_ticks=ticks)


def project(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Project onto the two directions of largest variance.

    Args:
        vectors: Rows, at least two, of two numbers or more.

    Returns:
        Coordinates (rows, 2), and the share of the variance that each direction holds.
    """
    centred = vectors - vectors.mean(axis=0)
    values, axes = np.linalg.eigh(centred.T.astype(np.float64) @ centred)
    order = np.argsort(values)[::-1][:2]
    total = max(float(values.sum()), 1e-300)
    # The sign of an axis is free: the largest coefficient is made positive.
    chosen = axes[:, order]
    signs = np.sign(chosen[np.abs(chosen).argmax(axis=0), [0, 1]])
    return centred @ (chosen * signs), values[order] / total


def summarise_map(
    points: np.ndarray,
    variance: np.ndarray,
    texts: Sequence[str],
    members: Mapping[str, Sequence[int]],
) -> PointsFigure:
    """Collect all items as quiet points with the members of a batch on top.

    Args:
        points: Two coordinates of each item.
        variance: Share of the variance along each.
        texts: What each item is called.
        members: Items by kind, "random", "hard", "pivot".
    """
    taken = {item for items in members.values() for item in items}
    others = np.array([i for i in range(len(points)) if i not in taken], dtype=int)
    title = "not in the batch"
    if len(others) > MOST_POINTS:
        title += f", of {len(others):,}"
        others = np.sort(np.random.default_rng(0).choice(others, MOST_POINTS, replace=False))
    looks = {"random": ("muted", "circle", 7.0), "hard": (HARD, "circle", 8.0),
             "pivot": ("ink", "star", 14.0)}  # fmt: skip
    kinds: list[tuple[str, list[int], tuple[str, str, float]]] = [
        (title, others.tolist(), ("ghost", "circle", 4.0))
    ]
    kinds += [(name, list(items), looks[name]) for name, items in members.items() if items]
    groups = tuple(
        PointGroup(name, points[items, 0], points[items, 1], tuple(texts[i] for i in items),
                   color, symbol, size)
        for name, items, (color, symbol, size) in kinds
    )  # fmt: skip
    titles = [f"component {n}, {100 * share:.0f} % of the variance"
              for n, share in enumerate(variance.tolist(), start=1)]  # fmt: skip
    return PointsFigure("map", titles[0], titles[1], groups)


def summarise_clusters(counts: Sequence[tuple[str, int, int]]) -> BarsFigure:
    """Collect the members of each cluster of a batch: (name, hard with the pivot, random)."""
    names = tuple(name for name, _, _ in counts)
    hard = BarGroup("pivot and hard", names, tuple(h for _, h, _ in counts), HARD)
    rest = BarGroup("random", names, tuple(r for _, _, r in counts), "muted")
    axis = "cluster of the structure, number"
    return BarsFigure("clusters", axis, "members", (hard, rest), "stack", y_format="d",
                      y_step=_whole(counts))  # fmt: skip


def _whole(counts: Sequence[tuple[str, int, int]]) -> float | None:
    """Give steps of 1 where there is room for them: members are whole."""
    return 1.0 if max((hard + rest for _, hard, rest in counts), default=0) <= 12 else None


def summarise_largest(test: QuickTest) -> BarsFigure:
    """Compare how often the largest cluster of a batch has so many members with chance."""
    total = int(test.largest.sum())
    sizes = tuple(range(2, len(test.largest)))
    drawn = tuple(100 * float(test.largest[size]) / total for size in sizes)
    chance = tuple(100 * float(test.by_chance[size]) for size in sizes)
    return BarsFigure(
        "largest",
        "members of the largest cluster of a batch of 10",
        "share of batches, %",
        (
            BarGroup(f"drawn ({total} batches)", sizes, drawn, HARD),
            BarGroup("random batch, exact", sizes, chance, "ghost"),
        ),
        y_format=".2f",
    )
