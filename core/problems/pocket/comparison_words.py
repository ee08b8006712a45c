"""What came out of a comparison of losses, in sentences."""

from collections.abc import Sequence
from typing import Final

from core.metrics import term_label
from core.problems.pocket.comparison import Row

LEAST_COSINE: Final = 0.02  # below it a gain in percent of it says nothing
NOTE_GAIN_PERCENT: Final = (5.0, 10.0)
"""What the note expects of the cosine loss: a similarity higher by so much (L220)."""
NOTE_INFO_NCE_PERCENT: Final = (10.0, 20.0)
"""What it expects of InfoNCE (L288); of which score it does not say."""


def in_words(rows: Sequence[Row]) -> str:
    """Say whether the cosine loss gained what the note expects, whatever came out."""
    by_loss = {row.loss: row for row in rows}
    if not {"cosine", "mse"} <= set(by_loss):
        return "The note compares cosine with MSE; both must have been trained."
    mse, other = by_loss["mse"].scores["cosine"], by_loss["mse"].against_cosine["cosine"]
    counts = {len(by_loss[loss].scores["cosine"].seeds) for loss in ("cosine", "mse")}
    seeds = " and ".join(map(str, sorted(counts))) + (" seed" if counts == {1} else " seeds")
    reached = f"{_plain(mse.value - other.value)} trained with the cosine loss"
    gain = f"Test cosine {reached}, {_plain(mse.value)} with MSE"
    if mse.value < LEAST_COSINE:
        return f"{gain} ({seeds}). With MSE it is near 0: nothing can be a percentage of it."
    ratio = by_loss["mse"].cosine_percent["cosine"]
    interval = f"95 % interval {_signed(ratio.low, 1)} to {_signed(ratio.high, 1)} %; {seeds}"
    verdict = _verdict(ratio.low, ratio.high, NOTE_GAIN_PERCENT)
    return f"{gain}: {_signed(ratio.value, 1)} % ({interval}), {verdict}."


def retrieval_in_words(rows: Sequence[Row]) -> str:
    """Say how well the right ligand is found, against the cosine-trained runs.

    Empty where there are none of these, or nothing to compare with them.
    """
    base = next((row.scores["mrr"].value for row in rows if row.loss == "cosine"), 0.0)
    told = [_found(row) for row in rows if row.against_cosine and base > 0]
    if not told:
        return ""
    return f"Finding the right ligand (MRR): {base:.3f} trained with the cosine; {'; '.join(told)}."


def _found(row: Row) -> str:
    gain, low, high = (
        getattr(row.percent_of_cosine["mrr"], end) for end in ("value", "low", "high")
    )
    text = f"with {term_label(row.loss)} {_signed(gain, 0)} %"
    text += f" (95 % interval {_signed(low, 0)} to {_signed(high, 0)} %)"
    if row.loss == "info_nce":
        return f"{text}: {_verdict(low, high, NOTE_INFO_NCE_PERCENT)}"
    return text if low > 0 or high < 0 else f"{text}, not told from 0"


def _verdict(low: float, high: float, note: tuple[float, float]) -> str:
    least, most = note
    expected = f"the note's +{least:g} to +{most:g} %"
    if low > most:
        return f"more than {expected}"
    if high < least:
        return f"the data exclude {expected}"
    is_inside = least <= low and high <= most
    return f"in line with {expected}" if is_inside else f"too uncertain to settle {expected}"


def _plain(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
