"""Cosine and MSE of a run side by side, and the norm ratio that follows from both."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Real

from core.history import History, epoch_steps
from core.identities import between_lines, norm_ratio_roots


@dataclass(frozen=True, eq=False)
class NormTrack:
    """Cosine similarity and MSE of one run, where both were measured.

    Args:
        name: As in legends.
        epoch: Ascending; steps where the history does not tell its epochs.
        cosine: Mean similarity, -1 to 1; may hold NaN and inf.
        mse: Mean over examples and components, 0 or more; may hold NaN and inf.
        target_mean_square: Mean |t|²/D of the targets, above 0; None where it is not known, then
            1 is assumed.
        counts: What the epochs are called, "epoch" or "step".
        measured: Norm ratio |p| / |t|, where the run measured it; may hold NaN and inf.
    """

    name: str
    epoch: Real[np.ndarray, " epochs"]
    cosine: Float[np.ndarray, " epochs"]
    mse: Float[np.ndarray, " epochs"]
    target_mean_square: float | None = None
    counts: str = "epoch"
    measured: Float[np.ndarray, " epochs"] | None = None

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


@dataclass(frozen=True)
class TrackNumbers:
    """What a table tells of a track; "last" is the last epoch with both values.

    Args:
        epochs: How many have both.
        last_cosine: Mean similarity.
        last_mse: As measured.
        best_cosine: The highest similarity.
        best_epoch: The first that reached it.
        between_percent: Share of the epochs between the two curves.
        lower: Lower norm ratio at the last epoch; NaN where complex or negative.
        upper: Upper norm ratio at the last epoch; NaN where complex.
        measured: Norm ratio measured at the last epoch; NaN where it was not.
    """

    epochs: int
    last_cosine: float
    last_mse: float
    best_cosine: float
    best_epoch: float
    between_percent: float
    lower: float
    upper: float
    measured: float


def track_numbers(track: NormTrack) -> TrackNumbers | None:
    """Sum a track up; None where no epoch has both values."""
    known = np.flatnonzero(track.is_known)
    if not len(known):
        return None
    last, best = known[-1], known[np.argmax(track.cosine[known])]
    lower, upper = track.roots
    return TrackNumbers(
        epochs=len(known),
        last_cosine=float(track.cosine[last]),
        last_mse=float(track.mse[last]),
        best_cosine=float(track.cosine[best]),
        best_epoch=float(track.epoch[best]),
        between_percent=track.between_percent,
        lower=float(lower[last]),
        upper=float(upper[last]),
        measured=np.nan if track.measured is None else float(track.measured[last]),
    )


def norm_track(
    name: str, history: History, *, split: str = "val", target_mean_square: float | None = None
) -> NormTrack:
    """Read the track of a run; empty where the history lacks one of the two metrics.

    Args:
        name: As in legends.
        history: With `<split>/avg_cosine_similarity` and `<split>/mse_loss`, and
            `<split>/norm_ratio` where it was measured.
        split: Of the keys.
        target_mean_square: Mean |t|²/D of the targets; where None, the MSE of a zero answer if the
            history holds it.
    """
    zero = history.series.get(f"{split}/zero_mse_loss")
    if target_mean_square is None and zero is not None and zero.value[-1] > 0:
        target_mean_square = float(zero.value[-1])
    steps = epoch_steps(history)
    counts = "epoch" if steps else "step"
    keys = [f"{split}/{metric}" for metric in ("avg_cosine_similarity", "mse_loss", "norm_ratio")]
    cosine, mse, ratio = (history.series.get(key) for key in keys)
    if cosine is None or mse is None:
        empty = np.empty(0)
        return NormTrack(name, empty, empty, empty, target_mean_square, counts)
    step, left, right = np.intersect1d(cosine.step, mse.step, return_indices=True)
    measured = None
    if ratio is not None:
        measured = np.full(len(step), np.nan)
        _, ours, theirs = np.intersect1d(step, ratio.step, return_indices=True)
        measured[ours] = ratio.value[theirs]
    epoch = step / steps if steps > 1 else step
    pair = cosine.value[left], mse.value[right]
    return NormTrack(name, epoch, *pair, target_mean_square, counts, measured)
