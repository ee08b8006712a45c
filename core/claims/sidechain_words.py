"""Claims of the density note on what its comparison allows to conclude."""

from typing import Final

import numpy as np
import torch

from core.claims.claim import Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.sidechain_tables import SOURCE, tables
from core.problems.sidechain.reported.tables import note_comparison, note_settings

FACTOR: Final = 5.0
STEPS: Final = 50
OF_GEOMETRY: Final = ("bond", "ring", "angle", "planar", "flat", "clash")


def common_factor(inputs: Inputs) -> Recomputed:
    """Take 50 steps of Adam on one term and on five times that term."""
    generator = torch.Generator().manual_seed(inputs.seed)
    start, target = torch.randn(2, 64, generator=generator, dtype=torch.float64)
    path = {factor: _path(start, target, factor) for factor in (1.0, FACTOR)}
    step = {factor: float((x - start).norm()) for factor, (x, _) in path.items()}
    first = {factor: slope for factor, (_, slope) in path.items()}
    values = {
        "step_change": Value(step[FACTOR] / step[1.0]),
        "gradient_change": Value(first[FACTOR] / first[1.0]),
        "apart": Value(float((path[FACTOR][0] - path[1.0][0]).abs().max())),
    }
    rows = tuple({"weight": factor, "first gradient": first[factor],
                  f"way after {STEPS} steps": step[factor]} for factor in path)  # fmt: skip
    words = (
        f"The gradient grows {values['gradient_change'].value:.0f}-fold, the way that Adam goes "
        f"changes by {abs(100 * (values['step_change'].value - 1)):.4f} %: it divides by the size "
        "of the gradient. With the other weight at 0 the factor could have no effect."
    )
    return Recomputed(values, words, rows, source="a squared error in 64 dimensions")


def _path(start: torch.Tensor, target: torch.Tensor, factor: float) -> tuple[torch.Tensor, float]:
    """Give where Adam arrives, and the length of its first gradient."""
    at = start.clone().requires_grad_()
    optimiser = torch.optim.Adam([at], lr=1e-2)
    lengths = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        (factor * (at - target).square().mean()).backward()
        assert at.grad is not None
        lengths.append(float(at.grad.norm()))
        optimiser.step()
    return at.detach(), lengths[0]


def measures_of_geometry(inputs: Inputs) -> Recomputed:
    """Count the quantities of geometry that its comparison gives in percent."""
    del inputs
    rows = [row for row in note_comparison()
            if any(word in row["quantity"] for word in OF_GEOMETRY)]  # fmt: skip
    percent = [row["quantity"] for row in rows if row["unit"] == "%"]
    values = {
        "geometry_measures": Value(float(len(percent))),
        "geometry_rows": Value(float(len(rows))),
    }
    told = tuple({"quantity": row["quantity"], "R3": f"{row['r3']} {row['unit']}",
                  "known as": row["r3_kind"]} for row in rows)  # fmt: skip
    words = f"The percentage is of one quantity alone, {', '.join(percent)} (L113)."
    return Recomputed(values, words, told, source="the note's comparison with R3")


def settings_at_once(inputs: Inputs) -> Recomputed:
    """Count the settings that differ between v4 and v5."""
    del inputs
    changed = [row for row in note_settings() if row["v4"] != row["v5"]]
    rows = tuple({name: row[name] for name in ("setting", "v4", "v5")} for row in changed)
    words = (
        f"{len(changed)} things changed at once, and training went on: what follows is owed to all "
        "of them together."
    )
    return Recomputed({"settings_changed": Value(float(len(changed)))}, words, rows, source=SOURCE)


def saturation(inputs: Inputs) -> Recomputed:
    """Count the points in time, and find the largest change between them."""
    del inputs
    told = tables()
    change = np.abs(told[1].rmsd - told[0].rmsd)
    values = {
        "points_in_time": Value(float(len(told))),
        "largest_change": Value(float(change.max()), "Å"),
        "equal_slots": Value(float((change == 0).sum())),
    }
    words = (
        f"{len(told)} points, {int((change == 0).sum())} slots equal to the last digit: a floor, a "
        "parameter that nothing reaches and a saturated output look alike."
    )
    return Recomputed(values, words, source=SOURCE)
