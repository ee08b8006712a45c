"""Negatives of hard batches: what each is, how near it is, and how hard that makes the batch."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.figures.bars import BarGroup, BarsFigure
from core.figures.curves import Rule
from core.figures.heat import HeatFigure, HeatPanel
from core.figures.theme import faded, term_color
from core.samplers.difficulty import Difficulty
from core.samplers.epoch import Origin

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
    kinds = [(name, values, color)
             for name, values, color in (("random", random, "ghost"), ("hard", hard, HARD))
             if len(values)]  # fmt: skip
    low = float(BIN * np.floor(min([0.0, *hard, *random]) / BIN))
    edges = np.arange(low, 1 + BIN, BIN)
    groups = tuple(_share_by_bin(name, values, edges, color) for name, values, color in kinds)
    means = [float(values.mean()) for _, values, _ in kinds]
    rules = tuple(Rule(mean, "x", f"mean {mean:.2f}") for mean in means)
    return BarsFigure("similarities", "similarity to the pivot, cosine", "share of pairs, %",
                      groups, "group", rules=rules, x_range=(low, 1.0))  # fmt: skip


def _share_by_bin(name: str, values: np.ndarray, edges: np.ndarray, color: str) -> BarGroup:
    share = 100 * np.histogram(values.clip(max=edges[-1]), edges)[0] / len(values)
    text = tuple(
        f"{name}, {a:.2f} to {a + BIN:.2f}: {s:.1f} %" for a, s in zip(edges, share, strict=False)
    )
    middle = tuple((edges[:-1] + BIN / 2).tolist())
    return BarGroup(f"{name} ({len(values):,})", middle, tuple(share.tolist()), color, text)


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
    return HeatFigure(
        f"difficulty-{measure}", "neighbours k", "hard ratio",
        tuple(map(str, drawn.ks)), tuple(f"{ratio:g}" for ratio in drawn.ratios),
        (HeatPanel("As drawn here", "the nearest free first", values[0]),
         HeatPanel("Any of the k nearest", "drawn uniformly, expected", values[1])),
        HARD, (0.0, float(max(0.2, *(value.max() for value in values)))), _cell(drawn, here),
    )  # fmt: skip


def _cell(table: Difficulty, here: tuple[float, int]) -> tuple[float, float] | None:
    """Find the column and row of a hard ratio and k, where the table has them."""
    ratio, k = here
    if ratio not in table.ratios or k not in table.ks:
        return None
    return float(table.ks.index(k)), float(table.ratios.index(ratio))
