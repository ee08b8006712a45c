"""How a residue in space is looked at: along its own axes, as large as the view holds."""

from typing import Any, Final

import numpy as np

AXES: Final = ("x", "y", "z")
EYE: Final = 1.25
WIDE: Final = 2.3  # of the view, in units of the scene: what a residue may fill
HIGH: Final = 1.75


def corners(true: np.ndarray, axes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the lowest and highest coordinates of the true atoms along the axes of the picture.

    Args:
        true: Places (atoms, 3), in angstrom.
        axes: Across and up the picture, and to the camera, as rows.
    """
    turned = true @ axes.T
    return turned.min(axis=0), turned.max(axis=0)


def scene(true: np.ndarray, axes: np.ndarray) -> dict[str, Any]:
    """Fit the true atoms into the view; what was found far outside does not shrink them."""
    low, high = corners(true, axes)
    width, height, _ = np.maximum(high - low, 1.0) + 1.6
    scale = min(WIDE / width, HIGH / height)
    middle = 0.5 * (low + high) @ axes
    reach = max(float(np.abs(high - low).max()), 1.0) + 3.0
    hidden = {
        f"{name}axis": {"visible": False, "range": [centre - reach, centre + reach]}
        for name, centre in zip(AXES, middle.tolist(), strict=True)
    }
    ratio = dict.fromkeys(AXES, 2 * reach * scale)
    eye, up = (dict(zip(AXES, axis.tolist(), strict=True)) for axis in (EYE * axes[2], axes[1]))
    camera = {"eye": eye, "up": up, "projection": {"type": "orthographic"}}
    return {**hidden, "aspectmode": "manual", "aspectratio": ratio, "dragmode": "orbit",
            "camera": camera}  # fmt: skip
