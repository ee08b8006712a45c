"""Proteins, their tryptic digest, and random peptides of the same composition."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from pyteomics import fasta, parser

from core.errors import InputError, UnavailableError
from core.problems.peptide.peptides import canonical
from core.problems.peptide.residues import RESIDUES, require_residues

SAMPLE_FOLDER: Final = Path(__file__).resolve().parents[3] / "sample_data"
ENDS: Final = "KR"  # where trypsin cuts


def sample_file(*parts: str) -> Path:
    """Give a file of `sample_data`.

    Raises:
        UnavailableError: It is not there: `core` was installed without the repository around it.
    """
    path = SAMPLE_FOLDER.joinpath(*parts)
    if not path.is_file():
        raise UnavailableError(
            f"The sample file {path} is not there. Run from a clone of the repository, or install "
            "it with pip install -e ."
        )
    return path


def read_proteins(path: Path | None = None) -> dict[str, str]:
    """Read a FASTA file: sequence by the first word of its header.

    Args:
        path: The file; the few proteins of `sample_data` where None.

    Raises:
        InputError: A letter is no residue, or the file holds no protein.
    """
    path = path or sample_file("proteins.fasta")
    with fasta.read(str(path)) as entries:
        proteins = {entry.description.split()[0]: entry.sequence for entry in entries}
    if not proteins:
        raise InputError(
            path.name, expected="proteins in FASTA", came="none", do="Choose another file"
        )
    for name, sequence in proteins.items():
        require_residues(sequence, f"{path.name}, protein {name}")
    return proteins


def digest(
    proteins: Mapping[str, str],
    *,
    missed_cleavages: int = 0,
    min_length: int = 1,
    max_length: int = 200,
) -> tuple[str, ...]:
    """Cut proteins with trypsin: behind K and R, not before P except in WKP and MRP.

    Args:
        proteins: Sequence by name.
        missed_cleavages: How many cuts a peptide may leave out, 0 or more.
        min_length: Shortest peptide to keep, residues.
        max_length: Longest peptide to keep, residues.

    Returns:
        Distinct peptides in the order of proteins and positions.

    Source: The rules of ExPASy PeptideCutter, as pyteomics holds them.

    Example:
        >>> digest({"p": "AKGRPLKC"})
        ('AK', 'GRPLK', 'C')
    """
    found = (
        peptide
        for sequence in proteins.values()
        for _, peptide in sorted(
            parser.xcleave(sequence, "trypsin", missed_cleavages=missed_cleavages)
        )
        if min_length <= len(peptide) <= max_length
    )
    return tuple(dict.fromkeys(found))


def residue_composition(sequences: Iterable[str]) -> dict[str, float]:
    """Count residues: the share of each of the 20, summing to 1.

    Raises:
        InputError: There is no residue at all.
    """
    counts = Counter("".join(sequences))
    total = sum(counts[residue] for residue in RESIDUES)
    if not total:
        raise InputError("composition", expected="residues", came="none", do="Give sequences")
    return {residue: counts[residue] / total for residue in RESIDUES}


@cache
def sample_composition() -> dict[str, float]:
    """Give the composition of the digest of the sample proteins."""
    return residue_composition(digest(read_proteins()))


def random_peptides(
    n: int,
    generator: np.random.Generator,
    *,
    min_length: int = 7,
    max_length: int = 20,
    composition: Mapping[str, float] | None = None,
    tryptic: bool = True,
    exclude: Collection[str] = (),
) -> tuple[str, ...]:
    """Draw distinct peptides with a given residue composition.

    No two of them, and none of them and the excluded, are equal with I = L.

    Args:
        n: How many.
        generator: Source of all randomness.
        min_length: Shortest, 1 or more; lengths are drawn evenly.
        max_length: Longest.
        composition: Share of each residue; that of the sample digest where None.
        tryptic: End in K or R and have neither before, each by its share among its like.
        exclude: Peptides never to return, such as a held-out digest.

    Raises:
        InputError: The lengths do not fit, or there are not that many such peptides.
    """
    if not 1 <= min_length <= max_length or n < 0:
        raise InputError(
            "random peptides",
            expected="n of 0 or more and 1 <= min_length <= max_length",
            came=f"n {n}, lengths {min_length} to {max_length}",
            do="Correct the numbers",
        )
    shares = composition or sample_composition()
    inner = "".join(r for r in RESIDUES if not (tryptic and r in ENDS))
    last = ENDS if tryptic else RESIDUES
    seen = {canonical(peptide) for peptide in exclude}
    found: list[str] = []
    for _ in range(100 * n):
        if len(found) == n:
            break
        length = int(generator.integers(min_length, max_length + 1))
        body = _draw(inner, shares, length - 1, generator)
        peptide = body + _draw(last, shares, 1, generator)
        if canonical(peptide) not in seen:
            seen.add(canonical(peptide))
            found.append(peptide)
    if len(found) < n:
        raise InputError(
            "random peptides",
            expected=f"{n:,} distinct peptides of {min_length} to {max_length} residues",
            came=f"{len(found):,} after {100 * n:,} draws",
            do="Allow longer peptides or exclude fewer",
        )
    return tuple(found)


def _draw(
    letters: str, shares: Mapping[str, float], count: int, generator: np.random.Generator
) -> str:
    weights = np.array([shares.get(letter, 0.0) for letter in letters])
    if count == 0:
        return ""
    if not weights.sum() > 0:
        raise InputError(
            "composition", expected=f"a share above 0 among {letters}", came="0", do="Correct it"
        )
    picked = generator.choice(len(letters), size=count, p=weights / weights.sum())
    return "".join(letters[index] for index in picked)
