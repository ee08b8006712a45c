"""Controls of the cosine page, and the prediction that their values make."""

from collections.abc import Mapping
from typing import Any

from core.cosine_point import TARGET_NORMS, Point, target_norm
from pages.ui.controls import Control, Segments, Slider, Steps, draw_controls

DIMENSIONS = (2, 8, 32, 64, 128, 256, 512, 1024, 1536)
CONTROLS: tuple[Control, ...] = (
    Slider(
        "cos",
        "Cosine, −1 to 1",
        "Between prediction and target, before the noise. Real pocket runs reached 0.1 to 0.65; "
        "the note hopes for 0.85.",
        0.6,
        -1.0,
        1.0,
        0.01,
    ),
    Slider(
        "norm",
        "Norm ratio, |p| / |t|",
        "Length of the prediction over that of the target. A cosine loss leaves it free; an MSE "
        "shrinks it towards the cosine.",
        0.6,
        0.0,
        2.0,
        0.05,
    ),
    Slider(
        "noise",
        "Noise, of the target's RMS",
        "Standard deviation of noise on every number of the prediction. It lengthens it and lowers "
        "its cosine.",
        0.2,
        0.0,
        2.0,
        0.05,
    ),
    Steps(
        "dim",
        "Dimension D, numbers",
        "Length of an embedding. 256 in the note, 1,536 in the real histories.",
        256,
        DIMENSIONS,
    ),
    Segments(
        "target",
        "Target norm",
        "unit: 1. z-scored: √D on average, as the note has them. raw: a value of your own.",
        "z-scored",
        TARGET_NORMS,
    ),
    Segments(
        "reduction",
        "Reduction",
        "What an MSE does over the D numbers. PyTorch's default is the mean; a sum is D times it.",
        "mean",
        ("mean", "sum"),
    ),
)
RAW = Slider("raw", "Raw target norm, |t|", "Length of the target.", 8.0, 0.5, 64.0, 0.5)


def draw_point() -> Point:
    """Draw the controls in the sidebar, and make the prediction from their values."""
    values = draw_controls(CONTROLS)
    is_raw = values["target"] == "raw"
    return point_from(values | (draw_controls((RAW,)) if is_raw else {RAW.key: RAW.default}))


def point_from(values: Mapping[str, Any]) -> Point:
    """Make the prediction from the values of the controls."""
    return Point(
        cos=values["cos"],
        norm_ratio=values["norm"],
        dimension=int(values["dim"]),
        target_norm=target_norm(values["target"], int(values["dim"]), values["raw"]),
        reduction=values["reduction"],
        noise=values["noise"],
    )
