"""How much each negative pushes, and how many count, by the temperature."""

import numpy as np

from core.figures.curves import Curve, CurveFigure, Panel, Rule, quiet_styles
from core.figures.negatives import HARD
from core.samplers.difficulty import effective_count, pull_shares

TEMPERATURES = np.geomspace(0.01, 1.0, 81)
QUIET_TEMPERATURES = (0.02, 0.07, 0.2, 1.0)


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
