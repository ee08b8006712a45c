"""FASTA of designed sequences as ProteinMPNN and LigandMPNN write it, errors named by line.

The first entry is the sequence of the backbone, then come samples:

    >5L33, score=1.57, global_score=1.57, fixed_chains=[], designed_chains=['A'], ...
    >T=0.1, sample=1, score=0.87, global_score=0.87, seq_recovery=0.3962

Only designed chains are there, in the order of their letters, with "/" between them; X stands where
the file of the backbone lacks a residue. LigandMPNN writes id, seq_rec, overall_confidence and ":".
A plain FASTA of one sequence an entry is read, too.

Source: the programs' published outputs (github.com/dauparas/ProteinMPNN, .../LigandMPNN).
"""

import re
from dataclasses import dataclass, replace
from math import isfinite
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.problems.sidechain.packed.fasta_lines import LETTERS, FastaRecord, read_records

UNKNOWN: Final = "X"
NAN: Final = float("nan")
_ITEM: Final = re.compile(r"(\w+)\s*=\s*(\[[^\]]*\]|[^,]*)")
_BETWEEN_CHAINS: Final = re.compile(r"[/:|]")
_SAMPLE, _RECOVERY = ("sample", "id"), ("seq_recovery", "seq_rec")
_SCORE, _TEMPERATURE = ("score", "overall_confidence"), ("T",)
_DESIGNED: Final = ("num_res",)
_OF_NATIVE: Final = ("designed_chains", *_DESIGNED)


@dataclass(frozen=True)
class Design:
    """A sequence of a FASTA.

    Args:
        name: Its own, or that of the backbone's entry before it.
        sample: Its number; None where the header has none.
        chains: One-letter codes; X where unknown.
        native: Chains of the backbone's entry before it; none where there is no such entry.
        is_native: Whether it is that entry.
        designed: How many residues were designed, where the header tells (LigandMPNN writes fixed
            ones, too); None where not: then all that are there.
        recovery: Share of the backbone's letters that it kept, as its header says; NaN where not.
        decimals: Of that.
        score: The header's score, or LigandMPNN's confidence; NaN where it says none.
        temperature: Of sampling; NaN where not said.
        line: Of its header.
    """

    name: str
    sample: int | None
    chains: tuple[str, ...]
    native: tuple[str, ...]
    is_native: bool
    designed: int | None
    recovery: float
    decimals: int
    score: float
    temperature: float
    line: int

    @property
    def label(self) -> str:
        """As on the screen."""
        if self.is_native:
            return f"{self.name}, its own sequence"
        return self.name if self.sample is None else f"{self.name}, sample {self.sample}"

    @property
    def known(self) -> tuple[str, ...]:
        """Chains without unknown letters; those that hold nothing else are left out."""
        return tuple(filter(None, (chain.replace(UNKNOWN, "") for chain in self.chains)))

    @property
    def recomputed(self) -> float:
        """The recovery by the letters; NaN where the backbone's entry is absent or of other length.

        Of designed positions that both know. Those that were kept fixed are left out where their
        number is told; else they count, and raise it above the header's.
        """
        if [len(chain) for chain in self.native] != [len(chain) for chain in self.chains]:
            return NAN
        pairs = [
            (own, before)
            for own, before in zip("".join(self.chains), "".join(self.native), strict=True)
            if UNKNOWN not in (own, before)
        ]
        count = len(pairs) if self.designed is None else min(self.designed, len(pairs))
        kept = sum(own == before for own, before in pairs) - (len(pairs) - count)
        return kept / count if count and kept >= 0 else NAN

    @property
    def agrees(self) -> bool | None:
        """Whether the header's recovery is that of the letters; None where either is not known."""
        if not (isfinite(self.recovery) and isfinite(self.recomputed)):
            return None
        return abs(self.recovery - self.recomputed) <= 0.5 * 10.0**-self.decimals + 1e-6


def read_designs(path: Path) -> tuple[Design, ...]:
    """Read the sequences of a FASTA in their order.

    Letters that are none of the twenty, gaps among them, become X; lower case is taken for upper.

    Args:
        path: Text of at most 50 MB.

    Raises:
        InputError: It is no such file, holds no sequence, or a line cannot be read.
    """
    designs = [_design(record) for record in read_records(path)]
    if not designs:
        raise InputError(path.name, expected="sequences under lines that begin with >",
                         came="none", do="Give the FASTA that ProteinMPNN wrote")  # fmt: skip
    found: list[Design] = []
    before: Design | None = None
    for design, following in zip(designs, [*designs[1:], None], strict=True):
        leads = following is not None and following.sample is not None
        if design.sample is None and (design.is_native or leads):
            before = replace(design, is_native=True)
            found.append(before)
        elif before is None or design.sample is None:
            found.append(design)
        else:
            name = design.name or before.name
            found.append(replace(design, name=name, native=before.chains, designed=before.designed))
    return tuple(replace(d, name=d.name or path.stem) for d in found)


def _design(record: FastaRecord) -> Design:
    items = dict(_ITEM.findall(record.header))
    first = record.header.split(",", 1)[0].strip()
    sample, designed, told = (_text_of(items, keys) for keys in (_SAMPLE, _DESIGNED, _RECOVERY))
    chains = (_chain(part) for part in _BETWEEN_CHAINS.split(record.letters))
    recovery = _value(record.where, items, _RECOVERY)
    if isfinite(recovery) and not 0 <= recovery <= 1:
        raise InputError(record.where, expected="a recovery from 0 to 1", came=f"{recovery:g}",
                         do="Write it as a share")  # fmt: skip
    return Design(
        name="" if "=" in first else first,
        sample=_whole(sample),
        chains=tuple(filter(None, chains)),
        native=(),
        is_native=any(key in items for key in _OF_NATIVE),
        designed=_whole(designed),
        recovery=recovery,
        decimals=len(told.partition(".")[2]),
        score=_value(record.where, items, _SCORE),
        temperature=_value(record.where, items, _TEMPERATURE),
        line=record.line,
    )


def _chain(letters: str) -> str:
    return "".join(a if a in LETTERS else UNKNOWN for a in letters.rstrip("*"))


def _text_of(items: dict[str, str], keys: tuple[str, ...]) -> str:
    return next((items[key].strip() for key in keys if key in items), "")


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _value(where: str, items: dict[str, str], keys: tuple[str, ...]) -> float:
    told = _text_of(items, keys)
    try:
        return float(told) if told else NAN
    except ValueError as error:
        raise InputError(where, expected=f"a number after {keys[0]}=", came=repr(told),
                         do="Correct the header") from error  # fmt: skip
