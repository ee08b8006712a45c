"""Packed models of designed sequences, measured one by one; a bad file costs itself only."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final, TypeVar

import numpy as np

from core.errors import InputError
from core.problems.sidechain.packed.backbone import (
    Against,
    compare_with_backbone,
    has_side_chains,
)
from core.problems.sidechain.packed.entries import EntryMatch, find_entry
from core.problems.sidechain.packed.fasta import Design, read_designs
from core.problems.sidechain.packed.geometry import Geometry, measure_geometry
from core.problems.sidechain.reading.shares import Tell, shares_of
from core.problems.sidechain.reading.structure_files import SUFFIX, Progress
from core.problems.sidechain.reading.structures import Residues, read_residues

MOST_MODELS: Final = 500
FAR_A: Final = 2.0  # RMSD of a backbone that packing did not keep
MOST_NAMED: Final = 5
Read = TypeVar("Read")


@dataclass(frozen=True)
class PackedFiles:
    """What a person brings.

    Args:
        backbone: PDB, mmCIF or BinaryCIF; None where there is none.
        fasta: Of ProteinMPNN; None where there is none.
        models: Structures; a file of several models is several.
    """

    backbone: Path | None
    fasta: Path | None
    models: tuple[Path, ...]


@dataclass(frozen=True, eq=False)
class PackedModel:
    """A packed model and what can be said of it.

    Args:
        name: Of its file, and its number where the file holds several.
        residues: How many it has.
        entry: The sequence that it belongs to; None where none does.
        against: What it kept of the backbone; None where there is none, or none that fits.
        geometry: Clashes, bonds, rings.
        notes: What was matched, left out or mapped, in words.
    """

    name: str
    residues: int
    entry: EntryMatch | None
    against: Against | None
    geometry: Geometry
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class PackedReport:
    """All models, beside what they came from.

    Args:
        models: In the order of their files.
        backbone: The backbone's own geometry, as a yardstick; None where it has no side chains.
        designs: Sequences of the FASTA.
        problems: Why a file cannot be used, or does not fit the others, one each.
    """

    models: tuple[PackedModel, ...]
    backbone: Geometry | None
    designs: tuple[Design, ...]
    problems: tuple[str, ...]


def report_packed(files: PackedFiles, *, progress: Tell | None = None) -> PackedReport:
    """Read the files and measure each model; what cannot be read is told, and the rest goes on.

    Only the first model of the backbone counts. At most 500 models are measured, and the rest is
    told among the problems.

    Args:
        files: Whatever there is of them.
        progress: Told the share of the structures' bytes and the name of the file being read.
    """
    problems: list[str] = []
    paths = [path for path in (files.backbone, *files.models) if path is not None]
    report = shares_of(paths, progress)

    def read_backbone(path: Path) -> Residues:
        return read_residues(path, progress=report(path))

    def read_models(path: Path) -> tuple[tuple[str, Residues], ...]:
        return _models(path, report(path))

    backbone = _tried(read_backbone, files.backbone, "The backbone is left out. ", problems)
    designs = _tried(read_designs, files.fasta, "The sequences are left out. ", problems) or ()
    found = (_tried(read_models, path, "", problems) or () for path in files.models)
    models = list(chain.from_iterable(found))
    if len(models) > MOST_MODELS:
        problems.append(f"{len(models) - MOST_MODELS:,} models behind the first {MOST_MODELS} "
                        "are left out.")  # fmt: skip
    yardstick = measure_geometry(backbone) if backbone and has_side_chains(backbone) else None
    measured = tuple(
        _measured(name, model, backbone, designs)
        for name, model in _told_apart(models[:MOST_MODELS])
    )
    if backbone is not None:
        problems += _misfits(measured)
    return PackedReport(measured, yardstick, designs, tuple(problems))


def _misfits(models: Sequence[PackedModel]) -> Iterator[str]:
    """Say which models were hardly built on the backbone."""
    if strange := [model.name for model in models if model.against is None]:
        yield (f"The backbone is of other residues and numbers than {_some(strange, models)}: "
               "no chain can be compared. Choose the one that they were built on.")  # fmt: skip
    if far := [m.name for m in models if m.against is not None and m.against.rmsd > FAR_A]:
        yield (f"The backbone lies elsewhere than that of {_some(far, models)}: RMSD above "
               f"{FAR_A:g} Å after superposition, though packing keeps it. Perhaps it is another "
               "one.")  # fmt: skip


def _some(names: Sequence[str], models: Sequence[PackedModel]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    named = f"{', '.join(names[:MOST_NAMED])}{more}"
    return f"{len(names)} of {len(models)} models ({named})"


def _tried(
    read: Callable[[Path], Read], path: Path | None, lead: str, problems: list[str]
) -> Read | None:
    """Read a file where there is one; what is wrong with it goes to the problems."""
    try:
        return None if path is None else read(path)
    except InputError as error:
        problems.append(f"{lead}{error}")
        return None


def _models(path: Path, progress: Progress | None) -> tuple[tuple[str, Residues], ...]:
    found = read_residues(path, all_models=True, progress=progress)
    numbers = np.unique(found.model).tolist()
    name = SUFFIX.sub("", path.name)
    return tuple(
        (
            name if len(numbers) == 1 else f"{name}, model {number}",
            found.select(found.model == number),
        )
        for number in numbers
    )


def _told_apart(models: Sequence[tuple[str, Residues]]) -> Iterator[tuple[str, Residues]]:
    """Number models of one name from the second on."""
    seen: Counter[str] = Counter()
    for name, model in models:
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name} ({seen[name]})"), model


def _measured(
    name: str, model: Residues, backbone: Residues | None, designs: Sequence[Design]
) -> PackedModel:
    notes: list[str] = []
    entry = find_entry(name, chain_sequences(model), designs)
    if entry is not None:
        notes += [entry.note, *_twins(entry)]
    elif designs:
        notes.append("no sequence of the FASTA is like it")
    against = None
    if backbone is not None:
        try:
            against = compare_with_backbone(model, backbone)
            notes += against.notes
        except InputError:
            notes.append("no chain of it belongs to the backbone: other residues, other numbers")
    geometry = measure_geometry(model)
    told = (*notes, geometry.note, *model.notes)
    return PackedModel(name, len(model), entry, against, geometry, tuple(filter(None, told)))


def chain_sequences(residues: Residues) -> tuple[str, ...]:
    """Give the one-letter codes of each chain, in the order of the file."""
    labels = dict.fromkeys(residues.chain.tolist())
    return tuple(residues.select(residues.chain == label).sequence for label in labels)


def _twins(entry: EntryMatch) -> Iterator[str]:
    if entry.twins:
        yield f"{entry.twins} more sequences of the FASTA are as like it"
