"""What val_loss means in a history: trainers change the loss and keep the name."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

Column = list[float | None]
KINDS = {"mse": "val/mse_loss", "cosine": "val/cosine_loss"}
OPTIONS = ("loss_fn", "loss", "loss_kind")
UNKNOWN = "val/val_loss"
SUM_TOLERANCE = 1e-4


@dataclass(frozen=True)
class Meaning:
    """The metric that val_loss is.

    Args:
        key: Its key in a run.
        reason: How that is known.
        note: A sentence where it is not plain; else empty.
    """

    key: str
    reason: str
    note: str = ""


def val_loss_meaning(columns: Mapping[str, Column], config: Mapping[str, Any]) -> Meaning:
    """Say what val_loss is: by the configuration, else by the data, else it keeps its name.

    Data that make loss and similarity 1 at every epoch are believed before a configuration that
    names another loss: some trainers always write the cosine loss there, whatever was trained.

    Args:
        columns: Lists by their names in the file.
        config: What the file says of the training.

    Example:
        >>> val_loss_meaning({"val_loss": [0.3]}, {"loss_fn": "mse"}).key
        'val/mse_loss'
        >>> val_loss_meaning({"val_loss": [0.2], "val_cosine_similarity": [0.8]}, {}).key
        'val/cosine_loss'
    """
    if not columns.get("val_loss"):
        return Meaning(UNKNOWN, "not measured")
    ones, seen = _sums(columns)
    option = next((key for key in OPTIONS if isinstance(config.get(key), str)), "")
    kind = str(config[option]).strip().lower().removesuffix("_loss") if option else ""
    named = f"config {option} is {config[option]}" if option else "config does not name the loss"
    if kind != "cosine" and seen and ones == seen:
        note = f"{named}, but {_said(ones, seen)}: val_loss is the cosine loss."
        return Meaning(KINDS["cosine"], "by the data", note)
    if kind in KINDS:
        return _stated(columns, kind, named, ones, seen)
    note = f"{named}, and {_said(ones, seen)}: what val_loss means is not known, it keeps its name."
    return Meaning(UNKNOWN, "not known", note)


def _stated(columns: Mapping[str, Column], kind: str, named: str, ones: int, seen: int) -> Meaning:
    """Believe the configuration, and say where the data speak against it."""
    own_mse = columns.get("val_mse_loss")
    # Compared as text, in which NaN equals NaN.
    if kind == "mse" and own_mse and repr(own_mse) != repr(columns["val_loss"]):
        note = f"{named}, but val_loss differs from val_mse_loss: it keeps its name."
        return Meaning(UNKNOWN, "not known", note)
    # By chance an MSE is 1 - cosine here and there; a cosine loss is that everywhere.
    is_odd = ones < seen if kind == "cosine" else ones > seen / 2
    return Meaning(KINDS[kind], named, f"{named}, but {_said(ones, seen)}." if is_odd else "")


def _said(ones: int, seen: int) -> str:
    if not seen:
        return "there is no similarity to compare it with"
    return f"val_loss + val_cosine_similarity is 1 in {ones:,} of {seen:,} epochs"


def _sums(columns: Mapping[str, Column]) -> tuple[int, int]:
    """Count the epochs at which loss and similarity make 1, and those that have both."""
    pairs = zip(columns.get("val_loss", []), columns.get("val_cosine_similarity", []), strict=False)
    sums = [
        loss + cosine
        for loss, cosine in pairs
        if loss is not None and cosine is not None and isfinite(loss + cosine)
    ]
    return sum(abs(one - 1) <= SUM_TOLERANCE for one in sums), len(sums)
