"""Peptides with modifications: masses, text form, and the reading of it."""

import re
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np
from jaxtyping import Float, Int

from core.errors import InputError
from core.problems.peptide.residues import (
    MODIFICATIONS,
    PROTON_DA,
    RESIDUE_MASS_DA,
    VOCABULARY,
    WATER_DA,
    Vocabulary,
    modification_named,
    require_residues,
)

N_TERM, C_TERM = 0, -1
MAX_RESIDUES = 200  # longer chains are proteins; the losses are built for peptides
MAX_TEXT = 4_000  # characters; keeps a stray megabyte away from the regular expression
# "+57.02" names +57.021464: half a unit of the second decimal, and a little for rounding.
NAME_TOLERANCE_DA = 0.006

_TAGS = r"(?:\[[^\[\]]*\])+"
_WHOLE = re.compile(rf"(?:(?P<head>{_TAGS})-)?(?P<body>.*?)(?:-(?P<tail>{_TAGS}))?")
_RESIDUE = re.compile(r"(?P<letter>[^\[\]])(?P<tags>(?:\[[^\[\]]*\]|[+-]\d+(?:\.\d*)?)*)")
_TAG = re.compile(r"\[([^\[\]]*)\]|([+-]\d+(?:\.\d*)?)")


@dataclass(frozen=True)
class Modification:
    """A mass difference at a place of a peptide.

    Args:
        name: A name of `residues.MODIFICATIONS`, or the signed mass itself ("+79.9663").
        mass_da: Mass difference in Da.
        position: 0 for the N-terminus, 1 to the length for a residue, -1 for the C-terminus.
    """

    name: str
    mass_da: float
    position: int


@dataclass(frozen=True)
class Peptide:
    """A residue sequence with its modifications.

    Args:
        sequence: One-letter codes, 1 to 200.
        modifications: In the order N-terminus, residues, C-terminus (sorted on creation).

    Raises:
        InputError: A letter is no residue, a modification lies outside the sequence, or it takes
            a residue's whole mass away.

    Example:
        >>> round(Peptide("PEPTIDE").precursor_mz(2), 3)
        400.687
    """

    sequence: str
    modifications: tuple[Modification, ...] = ()

    def __post_init__(self) -> None:
        """Check the parts and bring the modifications into one order."""
        where = f"peptide {self.sequence[:60]}"
        require_residues(self.sequence, where)
        length = len(self.sequence)
        if length > MAX_RESIDUES:
            came, do = f"{length}", "Cut the protein into peptides first"
            raise InputError(where, expected=f"at most {MAX_RESIDUES} residues", came=came, do=do)
        for modification in self.modifications:
            if not C_TERM <= modification.position <= length:
                raise InputError(
                    f"{where}, modification {modification.name}",
                    expected=f"a position of 0 (N-terminus), 1 to {length}, or -1 (C-terminus)",
                    came=f"{modification.position}",
                    do="Correct the position",
                )
        by_place = sorted(
            self.modifications,
            key=lambda m: (length + 1 if m.position == C_TERM else m.position, m.name),
        )
        object.__setattr__(self, "modifications", tuple(by_place))
        _require_positive(self.residue_mass_da, where)

    def __len__(self) -> int:
        """Give the number of residues."""
        return len(self.sequence)

    @cached_property
    def residue_mass_da(self) -> Float[np.ndarray, " length"]:
        """Mass of each residue with its modifications in Da.

        An N-terminal modification counts to the first residue, a C-terminal one to the last.
        """
        mass = np.array([RESIDUE_MASS_DA[letter] for letter in self.sequence], dtype=np.float64)
        for modification in self.modifications:
            place = {N_TERM: 0, C_TERM: -1}.get(modification.position, modification.position - 1)
            mass[place] += modification.mass_da
        mass.setflags(write=False)
        return mass

    @property
    def mass_da(self) -> float:
        """Neutral monoisotopic mass in Da."""
        return float(self.residue_mass_da.sum()) + WATER_DA

    def precursor_mz(self, charge: int) -> float:
        """Give the m/z of the protonated peptide at a charge of 1 or more."""
        if charge < 1:
            raise InputError(
                f"peptide {self}",
                expected="a charge of 1 or more",
                came=f"{charge}",
                do="Correct the charge",
            )
        return self.mass_da / charge + PROTON_DA

    def __str__(self) -> str:
        """Write the text form that `parse_peptide` reads back to an equal peptide."""
        tags: dict[int, str] = {}
        for modification in self.modifications:
            tag = f"[{_tag(self.sequence, modification)}]"
            tags[modification.position] = tags.get(modification.position, "") + tag
        head = f"{tags[N_TERM]}-" if N_TERM in tags else ""
        tail = f"-{tags[C_TERM]}" if C_TERM in tags else ""
        residues = (f"{r}{tags.get(place, '')}" for place, r in enumerate(self.sequence, start=1))
        return f"{head}{''.join(residues)}{tail}"


def _require_positive(residue_mass_da: Float[np.ndarray, " length"], where: str) -> None:
    for place in np.flatnonzero(~(residue_mass_da > 0)):
        raise InputError(
            f"{where}, position {place + 1}",
            expected="a residue mass above 0 Da with its modifications",
            came=f"{residue_mass_da[place]:.4f} Da",
            do="Correct the mass of the modification",
        )


def _tag(sequence: str, modification: Modification) -> str:
    """Write "+57.02" where that reads back to the same modification, else its name."""
    known = MODIFICATIONS.get(modification.name)
    if known is not None and known.fits(sequence, modification.position):
        return f"{known.mass_da:+.2f}"
    return modification.name


def modification_at(text: str, sequence: str, position: int) -> Modification:
    """Read the name or the signed mass of a modification at a place of a sequence.

    A mass is taken as the known modification that belongs at this place and rounds to it, else
    as the bare mass. A name is taken as it is, also where it does not belong, so that wrong labels
    can be loaded and shown.

    Args:
        text: "Oxidation", an alias of it, "UNIMOD:35" or a mass in Da such as "+15.99".
        sequence: One-letter residues.
        position: 0 for the N-terminus, 1 to the length for a residue, -1 for the C-terminus.

    Raises:
        InputError: Neither a known name nor a mass.
    """
    known = modification_named(text)
    if known is not None:
        return Modification(known.name, known.mass_da, position)
    try:
        mass_da = float(text)
    except ValueError:
        mass_da = float("nan")
    if not np.isfinite(mass_da) or abs(mass_da) > 10_000:
        raise InputError(
            f"peptide {sequence[:60]}, modification '{text}'",
            expected=f"a mass in Da or one of {', '.join(MODIFICATIONS)}",
            came=f"'{text}'",
            do="Write the mass difference, for example [+15.99]",
        )
    for known in MODIFICATIONS.values():
        if abs(known.mass_da - mass_da) <= NAME_TOLERANCE_DA and known.fits(sequence, position):
            return Modification(known.name, known.mass_da, position)
    rounded = f"{mass_da:+.6f}".rstrip("0").rstrip(".")
    return Modification(rounded, float(rounded), position)


def _tags(text: str | None) -> list[str]:
    return [bracketed or bare for bracketed, bare in _TAG.findall(text or "")]


def parse_peptide(text: str) -> Peptide:
    """Read a peptide, plain or with modifications in square brackets.

    Accepts `PEPTIDE`, `PEPTC[+57.02]IDE`, `PEPTM[Oxidation]IDE`, `[+42.01]-PEPTIDE`,
    `PEPTIDE-[-0.98]`, and bare masses behind a residue, `PEPTM+15.995IDE`.

    Raises:
        InputError: A letter is no residue, a bracket is open or its content is unknown.

    Example:
        >>> str(parse_peptide("[Acetyl]-AC[Carbamidomethyl]K"))
        '[+42.01]-AC[+57.02]K'
    """
    text = text.strip()
    whole = _WHOLE.fullmatch(text) if len(text) <= MAX_TEXT else None
    parts = list(_RESIDUE.finditer(whole["body"])) if whole else []
    if whole is None or "".join(part[0] for part in parts) != whole["body"]:
        raise InputError(
            f"peptide {text[:60]}",
            expected="residues, each modification closed in square brackets behind its residue",
            came=f"'{text[:60]}'",
            do="Close the brackets, for example PEPTC[+57.02]IDE",
        )
    sequence = "".join(part["letter"] for part in parts)
    require_residues(sequence, f"peptide {text[:60]}")
    placed = chain(
        ((N_TERM, tag) for tag in _tags(whole["head"])),
        ((place, tag) for place, part in enumerate(parts, start=1) for tag in _tags(part["tags"])),
        ((C_TERM, tag) for tag in _tags(whole["tail"])),
    )
    return Peptide(sequence, tuple(modification_at(tag, sequence, place) for place, tag in placed))


def canonical(sequence: str) -> str:
    """Write I as L: the two have one mass and no spectrum loss here tells them apart.

    Example:
        >>> canonical("PEPTIDE")
        'PEPTLDE'
    """
    return sequence.replace("I", "L")


def encode(peptide: Peptide, vocabulary: Vocabulary = VOCABULARY) -> Int[np.ndarray, " length"]:
    """Give the vocabulary's index of each residue.

    Raises:
        InputError: A modified residue has no token (terminal modifications have none).
    """
    tokens = [*peptide.sequence]
    for modification in peptide.modifications:
        known = MODIFICATIONS.get(modification.name)
        tag = f"[{known.mass_da:+.2f}]" if known else f"[{modification.name}]"
        if modification.position < 1:
            tokens.append(f"terminal {tag}")
        else:
            tokens[modification.position - 1] += tag
    unknown = [token for token in tokens if token not in vocabulary.index]
    if unknown:
        raise InputError(
            f"peptide {peptide}",
            expected="residues that the vocabulary has a token for",
            came=", ".join(unknown),
            do="Choose a peptide without this modification",
        )
    return np.array([vocabulary.index[token] for token in tokens], dtype=np.int64)
