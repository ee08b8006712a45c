"""A packed model against the backbone that it was built on: sequence, angles, place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.frames import move, superpose
from core.problems.sidechain.metrics.angles import (
    ChiErrors,
    chi_errors,
    chi_mae,
    rotamer_recovery,
)
from core.problems.sidechain.metrics.rmsd import SELECTIONS, pooled_rmsd, squared_errors
from core.problems.sidechain.metrics.shares import Share, share_of
from core.problems.sidechain.packed.pairing import has_sequence, pair_with_backbone
from core.problems.sidechain.reading.structures import Residues

BACKBONE: Final = list(SELECTIONS["backbone"])
SIDE: Final = len(BACKBONE)


@dataclass(frozen=True, eq=False)
class Against:
    """What a model kept of its backbone.

    Args:
        matched: Residues of the backbone that the model has.
        missing: Those that it lacks.
        extra: Residues of the model that the backbone lacks.
        recovery: Share of the matched residues that have the backbone's type; of none where the
            backbone has no sequence.
        chi: Errors of chi angles, of residues whose type stayed and whose side chain the
            backbone's file has.
        rotamers: Those among them with all chi angles within 20 degrees.
        rmsd: Of N, CA, C and O after superposition of all chains together, in angstrom.
        notes: What was matched, in words.
    """

    matched: int
    missing: int
    extra: int
    recovery: Share
    chi: ChiErrors
    rotamers: Share
    rmsd: float
    notes: tuple[str, ...]


def compare_with_backbone(model: Residues, backbone: Residues) -> Against:
    """Compare a model with its backbone.

    Raises:
        InputError: No chain of the one belongs to any of the other.
    """
    ours, theirs, notes = pair_with_backbone(model, backbone)
    same = np.asarray(ours.type == theirs.type)
    kept, native = ours.select(same), theirs.select(same)
    return Against(
        matched=len(ours),
        missing=len(backbone) - len(ours),
        extra=len(model) - len(ours),
        recovery=share_of(same if has_sequence(backbone) else same[:0]),
        chi=chi_mae(chi_errors(kept.coord, native.coord, native.type)),
        rotamers=rotamer_recovery(kept.coord, native.coord, native.type),
        rmsd=backbone_rmsd(ours, theirs),
        notes=(*notes, *_lacking(backbone)),
    )


def has_side_chains(residues: Residues) -> bool:
    """Say whether any residue has an atom beyond CB, which programs place from the backbone."""
    return bool(residues.mask[:, SIDE + 1 :].any())


def backbone_rmsd(model: Residues, backbone: Residues) -> float:
    """Superpose paired residues by N, CA, C and O; give the RMSD of these atoms in angstrom.

    Raises:
        InputError: Fewer than three atoms are known in both.
    """
    mobile, target = (residues.coord[:, BACKBONE] for residues in (model, backbone))
    rigid = superpose(mobile.reshape(-1, 3), target.reshape(-1, 3))
    return pooled_rmsd(squared_errors(move(model.coord, rigid), backbone.coord), BACKBONE)


def _lacking(backbone: Residues) -> Iterator[str]:
    if not has_sequence(backbone):
        yield f"the backbone has {RESIDUES[backbone.type[0]]} only: no sequence to recover"
    if not has_side_chains(backbone):
        yield "the backbone has no side chains: chi angles cannot be compared"
