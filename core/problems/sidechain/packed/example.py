"""Synthetic files to try the report with: a helix, three sequences, and models with known flaws."""

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import biotite.structure as struc
import numpy as np
from biotite.structure.io import pdb
from jaxtyping import Float

from core.problems.sidechain.atoms import ATOM14, RESIDUES
from core.problems.sidechain.packed.helix import pack_helix, types_of
from core.problems.sidechain.packed.report import PackedFiles

NAME: Final = "example"
SEQUENCE: Final = "MSEKWLRFYDHAVKNTIQEGLKAAFYHCLEKWMRDS"
LETTERS: Final = "ADEFHIKLMNQRSTVWY"  # what samples put in; GLY and PRO break a helix
KEPT: Final = 0.45
NOISE_A: Final = 0.08
CUT: Final = 2
TOLD: Final = (
    "The backbone is an ideal helix, its side chains are residues of the component dictionary "
    "turned to frequent rotamers. Planted: sample 2 has rotamers drawn without looking, so it "
    "clashes; sample 3 has 0.08 Å of noise on each coordinate, so bonds and rings are off, and "
    "lacks two residues; the header of sample 3 tells a recovery of 0.9."
)  # fmt: skip


def write_example(folder: Path) -> PackedFiles:
    """Write a backbone, a FASTA and four models; the same at every call.

    Args:
        folder: Is there, and empty.
    """
    generator = np.random.default_rng(0)
    samples = [_sample(generator) for _ in range(3)]
    turned = _rotation(generator)
    coords = {
        f"{NAME}_sample_1": pack_helix(samples[0], generator, looks=True) @ turned,
        f"{NAME}_sample_2": pack_helix(samples[1], generator, looks=False),
        f"{NAME}_sample_3": _blurred(pack_helix(samples[2], generator, looks=True), generator),
        f"{NAME}_packed_anew": pack_helix(SEQUENCE, generator, looks=True),
    }
    sequences = [*samples[:2], samples[2][:-CUT], SEQUENCE]
    native = pack_helix(SEQUENCE, np.random.default_rng(1), looks=True)
    backbone = write_pdb(folder / f"{NAME}.pdb", native, SEQUENCE)
    fasta = folder / f"{NAME}.fa"
    fasta.write_text(_fasta(samples), encoding="utf-8")
    models = [
        write_pdb(folder / f"{name}.pdb", coord, sequence)
        for (name, coord), sequence in zip(coords.items(), sequences, strict=True)
    ]
    return PackedFiles(backbone, fasta, tuple(models))


def example_archive() -> bytes:
    """Give the example's files as one ZIP."""
    stream = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(stream, "w") as archive:
        write_example(Path(folder))
        for path in sorted(Path(folder).iterdir()):
            archive.writestr(path.name, path.read_bytes())
    return stream.getvalue()


def write_pdb(path: Path, coord: Float[np.ndarray, "residues 14 3"], sequence: str) -> Path:
    """Write one chain, A, numbered from 1, as PDB; atoms that are NaN are left out."""
    type = types_of(sequence)
    row, slot = np.nonzero(np.isfinite(coord).all(axis=-1))
    names = [RESIDUES[number] for number in type[row].tolist()]
    atoms: Any = struc.AtomArray(len(row))
    atoms.coord = coord[row, slot].astype(np.float32)
    atoms.res_id, atoms.res_name = row + 1, np.array(names)
    atoms.atom_name = np.array([ATOM14[n][s] for n, s in zip(names, slot.tolist(), strict=True)])
    atoms.element = np.array([name[0] for name in atoms.atom_name.tolist()])
    atoms.chain_id = np.full(len(row), "A")
    file: Any = pdb.PDBFile()
    file.set_structure(atoms)
    file.write(str(path))
    return path


def _sample(generator: np.random.Generator) -> str:
    drawn = generator.choice(list(LETTERS), len(SEQUENCE))
    keeps = generator.random(len(SEQUENCE)) < KEPT
    return "".join(np.where(keeps, list(SEQUENCE), drawn).tolist())


def _fasta(samples: Sequence[str]) -> str:
    lines = [f">{NAME}, fixed_chains=[], designed_chains=['A'], model_name=synthetic", SEQUENCE]
    for number, sample in enumerate(samples, start=1):
        same = sum(a == b for a, b in zip(sample, SEQUENCE, strict=True)) / len(SEQUENCE)
        recovery = 0.9 if number == len(samples) else same
        lines += [f">T=0.1, sample={number}, seq_recovery={recovery:.4f}", sample]
    return "\n".join(lines) + "\n"


def _blurred(
    coord: Float[np.ndarray, "residues 14 3"], generator: np.random.Generator
) -> Float[np.ndarray, "kept 14 3"]:
    return (coord + NOISE_A * generator.normal(size=coord.shape))[:-CUT]


def _rotation(generator: np.random.Generator) -> Float[np.ndarray, "3 3"]:
    q, _ = np.linalg.qr(generator.normal(size=(3, 3)))
    return q * np.sign(np.linalg.det(q))
