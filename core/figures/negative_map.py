"""Where a batch lies among all items, and how many members of each cluster it holds."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.figures.bars import BarGroup, BarsFigure
from core.figures.negatives import HARD
from core.figures.points import PointGroup, PointsFigure
from core.samplers.composition import QuickTest

MOST_POINTS = 1_500
OTHERS = ("ghost", "circle", 4.0)
LOOKS = {
    "random": ("muted", "circle", 7.0),
    "hard": (HARD, "circle", 8.0),
    "pivot": ("ink", "star", 14.0),
}


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
    title, others = _others(len(points), members)
    kinds = [(title, others, OTHERS)]
    kinds += [(name, list(items), LOOKS[name]) for name, items in members.items() if items]
    groups = tuple(
        PointGroup(name, points[items, 0], points[items, 1], tuple(texts[i] for i in items), *look)
        for name, items, look in kinds
    )
    titles = [f"component {n}, {100 * share:.0f} % of the variance"
              for n, share in enumerate(variance.tolist(), start=1)]  # fmt: skip
    return PointsFigure("map", titles[0], titles[1], groups)


def _others(count: int, members: Mapping[str, Sequence[int]]) -> tuple[str, list[int]]:
    """Name and list the items that are not in the batch; some, by a fixed draw, of very many."""
    taken = {item for items in members.values() for item in items}
    others = np.array([i for i in range(count) if i not in taken], dtype=int)
    if len(others) <= MOST_POINTS:
        return "not in the batch", others.tolist()
    shown = np.random.default_rng(0).choice(others, MOST_POINTS, replace=False)
    return f"not in the batch, of {len(others):,}", np.sort(shown).tolist()


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
