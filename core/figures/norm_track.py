"""Cosine and MSE of a run side by side, and the norm ratio that follows from both."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from core.history import History
from core.identities import between_lines, norm_ratio_roots


@dataclass(frozen=True, eq=False)
class NormTrack:
    """Cosine similarity and MSE of one run, where both were measured.

    Args:
        name: As in legends.
        epoch: Ascending; steps where the run counts those.
        cosine: Mean similarity, -1 to 1; may hold NaN and inf.
        mse: Mean over examples and components, 0 or more; may hold NaN and inf.
        target_mean_square: Mean |t|²/D of the targets, above 0; None where it is not known, then
            1 is assumed.
        counts: What the epochs are called, "epoch" or "step".
    """

    name: str
    epoch: Int[np.ndarray, " epochs"]
    cosine: Float[np.ndarray, " epochs"]
    mse: Float[np.ndarray, " epochs"]
    target_mean_square: float | None = None
    counts: str = "epoch"

    @property
    def is_known(self) -> Bool[np.ndarray, " epochs"]:
        """Where both are finite."""
        return np.isfinite(self.cosine) & np.isfinite(self.mse)

    @property
    def scaled(self) -> tuple[Float[np.ndarray, " epochs"], Float[np.ndarray, " epochs"]]:
        """Cosine and MSE / (mean |t|²/D); both NaN where either is not finite."""
        scale = 1.0 if self.target_mean_square is None else self.target_mean_square
        known = self.is_known
        return np.where(known, self.cosine, np.nan), np.where(known, self.mse / scale, np.nan)

    @property
    def between_percent(self) -> float:
        """Share of the epochs between 1 - cos² and 2(1 - cos), percent; NaN where none is known.

        Example:
            >>> epoch, cosine = np.arange(4), np.full(4, 0.8)
            >>> NormTrack("a", epoch, cosine, np.array([0.3, 0.37, 0.4, 0.5])).between_percent
            50.0
        """
        cosine, mse = (values[self.is_known] for values in self.scaled)
        return float(100 * np.mean(between_lines(cosine, mse))) if len(mse) else np.nan

    @property
    def roots(self) -> tuple[Float[np.ndarray, " epochs"], Float[np.ndarray, " epochs"]]:
        """Lower and upper norm ratio by epoch; NaN where complex, and where the lower is below 0.

        Above an MSE of mean |t|²/D the lower root is negative: only the upper one is a ratio.
        """
        lower, upper = map(np.asarray, norm_ratio_roots(*self.scaled))
        return np.where(lower >= 0, lower, np.nan), np.where(upper >= 0, upper, np.nan)


def norm_track(
    name: str, history: History, *, split: str = "val", target_mean_square: float | None = None
) -> NormTrack:
    """Read the track of a run; empty where the history lacks one of the two metrics.

    Args:
        name: As in legends.
        history: With `<split>/avg_cosine_similarity` and `<split>/mse_loss`.
        split: Of the two keys.
        target_mean_square: Mean |t|²/D of the targets, where it is known.
    """
    series = [
        history.series[key]
        for key in (f"{split}/avg_cosine_similarity", f"{split}/mse_loss")
        if key in history.series
    ]
    counts = history.started.facts.get("x axis", "step") if history.started else "step"
    if len(series) < 2:
        empty = np.empty(0)
        return NormTrack(name, np.empty(0, int), empty, empty, target_mean_square, counts)
    cosine, mse = series
    epoch, left, right = np.intersect1d(cosine.step, mse.step, return_indices=True)
    return NormTrack(name, epoch, cosine.value[left], mse.value[right], target_mean_square, counts)
