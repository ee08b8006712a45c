"""The fragment ions of a peptide: b from the left, y from the right, at charge 1 and 2."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Float, Int

from core.errors import InputError
from core.losses.ladder import Ladder, ladder_mz
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.residues import PROTON_DA, WATER_DA

# m/z of fragment k = (sum of its residues + offset) / charge; the proton count is the charge.
ION_LADDERS: Final[dict[str, Ladder]] = {
    "b": Ladder(from_end=False, offset_da=PROTON_DA, charge=1),
    "y": Ladder(from_end=True, offset_da=WATER_DA + PROTON_DA, charge=1),
    "b2+": Ladder(from_end=False, offset_da=2 * PROTON_DA, charge=2),
    "y2+": Ladder(from_end=True, offset_da=WATER_DA + 2 * PROTON_DA, charge=2),
}
ION_TYPES: Final = tuple(ION_LADDERS)


@dataclass(frozen=True, eq=False)
class Fragments:
    """The theoretical fragments of one peptide, series after series, by ordinal within a series.

    Args:
        mz: m/z of each fragment.
        names: As written on a mirror plot: "b3", "y5²⁺".
        ion_types: Key of `ION_LADDERS` for each fragment.
        ordinal: Number of residues in each fragment, 1 to length - 1.
        charge: Charge of each fragment.
    """

    mz: Float[np.ndarray, " fragments"]
    names: tuple[str, ...]
    ion_types: tuple[str, ...]
    ordinal: Int[np.ndarray, " fragments"]
    charge: Int[np.ndarray, " fragments"]


def ladders(ions: Sequence[str]) -> list[Ladder]:
    """Look up the ladders of ion types.

    Raises:
        InputError: A name is no key of `ION_LADDERS`.
    """
    for ion in ions:
        if ion not in ION_LADDERS:
            raise InputError(
                "ion types", expected=", ".join(ION_TYPES), came=ion, do="Choose among these"
            )
    return [ION_LADDERS[ion] for ion in ions]


def fragment_mz(peptide: Peptide, ions: Sequence[str] = ("b", "y")) -> Fragments:
    """Compute the m/z of every fragment of a peptide.

    The whole peptide is no fragment: a peptide of one residue has none.

    Args:
        peptide: With its modifications.
        ions: Keys of `ION_LADDERS`; none gives no fragments.

    Example:
        >>> fragment_mz(Peptide("GAK"), ions=("b",)).names
        ('b1', 'b2')
    """
    chosen = ladders(ions)
    steps = len(peptide) - 1
    if not chosen or steps == 0:
        empty = np.empty(0)
        return Fragments(empty, (), (), empty.astype(np.int64), empty.astype(np.int64))
    mass_da = torch.tensor(peptide.residue_mass_da).unsqueeze(0)
    peaks = ladder_mz(mass_da, torch.tensor([len(peptide)]), chosen)
    ordinal = np.tile(np.arange(1, steps + 1), len(chosen))
    ion_types = tuple(np.repeat(np.array(ions), steps).tolist())
    charge = np.repeat([ladder.charge for ladder in chosen], steps)
    names = tuple(
        f"{ion[0]}{count}{'²⁺' if z == 2 else ''}"
        for ion, count, z in zip(ion_types, ordinal, charge, strict=True)
    )
    return Fragments(peaks.mz[0].numpy(), names, ion_types, ordinal, charge)
