"""What an evaluation records for pages: rings by kind, bonds by type, angles, some side chains."""

from typing import Final

import numpy as np
from jaxtyping import Float

from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.diffusion.bond_intervals import bond_intervals
from core.problems.sidechain.diffusion.evaluation import ALL, CHI_EDGES_RAD, Geometry, HeldOut
from core.problems.sidechain.metrics.geometry import FLAT_A, Flatness

RINGS, BONDS, CHI, SAMPLES = "test_rings", "test_bonds", "test_chi", "test_samples"
MOST_KEPT: Final = 500  # side chains; tables count all


def tables(
    drawn: Float[np.ndarray, "residues 14 3"], found: Geometry, of: HeldOut
) -> dict[str, dict[str, np.ndarray]]:
    """Give the tables of an evaluation, samples beside the real residues, by name.

    Args:
        drawn: Sampled side chains.
        found: Their geometry.
        of: The residues they were sampled for.
    """
    names = np.array([kind.ring for kind in found.rings])
    rings: dict[str, np.ndarray] = {"ring": names, "within_a": np.array(FLAT_A)}
    bonds: dict[str, np.ndarray] = {"type": np.array([*RESIDUES, ALL])}
    chi: dict[str, np.ndarray] = {"edge_rad": CHI_EDGES_RAD}
    for whose, coord, geometry in (("sampled", drawn, found), ("real", of.native, of.real)):
        rings |= {f"{whose}_{key}": column for key, column in _rings(geometry.rings).items()}
        errors = vars(bond_intervals(coord, of.type, of.bonds))
        bonds |= {f"{whose}_{key}": column for key, column in errors.items()}
        chi[whose] = geometry.chi.astype(np.int32)
    kept = {
        "pred": drawn[:MOST_KEPT].astype(np.float32),
        "native": of.native[:MOST_KEPT].astype(np.float32),
        "type": of.type[:MOST_KEPT].astype(np.int8),
        "name": of.name[:MOST_KEPT],
    }
    return {RINGS: rings, BONDS: bonds, CHI: chi, SAMPLES: kept}


def _rings(kinds: tuple[Flatness, ...]) -> dict[str, np.ndarray]:
    """Give flatness as columns: kinds by thresholds, each share with its interval."""
    shares = [[kind.flat[limit] for limit in FLAT_A] for kind in kinds]
    parts = {
        "flat": [[share.value for share in row] for row in shares],
        "low": [[share.low for share in row] for row in shares],
        "high": [[share.high for share in row] for row in shares],
        "mean_a": [kind.mean for kind in kinds],
        "worst_a": [kind.worst for kind in kinds],
    }
    columns = {name: np.array(values, dtype=np.float32) for name, values in parts.items()}
    return columns | {"count": np.array([kind.count for kind in kinds], dtype=np.int32)}
