"""What a run trains on: residues in their local frames, and which of them are held out."""

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import biotite
import numpy as np
from jaxtyping import Float32, Int, Shaped

from core.chemistry.splits import SHARES, SPLITS, split_groups
from core.errors import InputError, UnavailableError
from core.home import home_folder
from core.problems.sidechain.atoms import RESIDUES
from core.problems.sidechain.config import SideChainConfig
from core.problems.sidechain.reading.structure_files import has_structure_suffix
from core.problems.sidechain.real import read_real
from core.problems.sidechain.rotamers import TABLE
from core.problems.sidechain.synthetic import make_residues

FORMAT: Final = 1
FEWEST: Final = 30  # residues


@dataclass(frozen=True, eq=False)
class ResidueData:
    """Residues with their types.

    Args:
        coord: In local frames, in angstrom; NaN where the type has no atom.
        type: Index in RESIDUES.
        name: Of each residue, for readers.
        side: Index into `SPLITS`.
        group: Residues that stay on one side share it.
        facts: Where all this comes from and what was left out, for readers of the run.
    """

    coord: Float32[np.ndarray, "residues 14 3"]
    type: Int[np.ndarray, " residues"]
    name: Shaped[np.ndarray, " residues"]
    side: Int[np.ndarray, " residues"]
    group: Int[np.ndarray, " residues"]
    facts: Mapping[str, str]

    def of(self, name: str) -> Int[np.ndarray, " chosen"]:
        """Give the residues of a side."""
        return np.flatnonzero(self.side == SPLITS.index(name))


def load_residues(config: SideChainConfig) -> ResidueData:
    """Read or make what a configuration asks for; the first time it is made and then kept.

    Raises:
        InputError: The folder holds too few residues, files or sequences.
        UnavailableError: The state folder cannot be written.
    """
    path = home_folder("sidechain") / f"residues_{_recipe(config)}.npz"
    if not path.is_file():
        _write(path, _real(config) if config.structures else _synthetic(config))
    return _read(path, path.stat().st_mtime)


def _recipe(config: SideChainConfig) -> str:
    """Name what shapes the data: the options, the versions, and the files as they stand."""
    text: tuple[object, ...] = (FORMAT, config.split_seed)
    if config.structures:
        folder = Path(config.structures)
        files = [p for p in sorted(folder.glob("*")) + sorted(folder.glob("*/*"))
                 if has_structure_suffix(p) and p.is_file()]  # fmt: skip
        stamps = [(p.stat().st_size, p.stat().st_mtime_ns) for p in files]
        text += (config.structures, tuple(map(str, files)), tuple(stamps))
    else:
        text += (config.residues, biotite.__version__, TABLE.read_bytes())
    return hashlib.sha256(repr(text).encode()).hexdigest()[:16]


def _synthetic(config: SideChainConfig) -> ResidueData:
    coord, type = make_residues(config.residues, config.split_seed)
    ends = np.cumsum([SHARES[name] for name in SPLITS])[:-1] * len(type)
    order = np.random.default_rng([config.split_seed, 2]).permutation(len(type))
    side = np.searchsorted(ends, order, side="right")
    name = np.array([f"{RESIDUES[kind]} {row + 1}" for row, kind in enumerate(type.tolist())])
    facts = {
        "training data": f"synthetic: {len(type):,} ideal residues of the component dictionary, "
        "each with a frequent rotamer and 10° of noise; types by natural frequency",
        "split": f"at random: {_sizes(side)}; all sides share the rotamers",
    }
    return ResidueData(coord.astype(np.float32), type, name, side, np.arange(len(type)), facts)


def _real(config: SideChainConfig) -> ResidueData:
    folder = Path(config.structures)
    found = read_real(folder)
    groups = len(np.unique(found.group))
    if len(found.type) < FEWEST or groups < len(SPLITS):
        raise InputError(
            f"structures in {folder}",
            expected=f"at least {FEWEST} complete residues in {len(SPLITS)} files of different "
            "sequences, one for each side of the split",
            came=f"{len(found.type):,} in {groups}",
            do="Add structures",
        )
    side = split_groups(found.group, config.split_seed)
    facts = {
        "training data": f"{len(found.type):,} real residues of {found.files} files of "
        f"{folder.name}",
        "split": f"by file and by identical sequence: {_sizes(side)}, {groups} groups; similar "
        "sequences may be on two sides",
    }
    if found.left_out:
        facts["left out"] = "; ".join(found.left_out)
    return ResidueData(found.coord, found.type, found.name, side, found.group, facts)


def _sizes(side: Int[np.ndarray, " residues"]) -> str:
    return ", ".join(f"{name} {(side == at).sum():,}" for at, name in enumerate(SPLITS))


def _write(path: Path, data: ResidueData) -> None:
    """Write under a name that appears only when the file is whole."""
    arrays = {name: value for name, value in vars(data).items() if name != "facts"}
    arrays["about"] = np.frombuffer(json.dumps(dict(data.facts)).encode(), dtype=np.uint8)
    part = path.with_name(f"{path.stem}.{os.getpid()}.part.npz")
    try:
        np.savez(part, **arrays)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            part.unlink(missing_ok=True)
        raise UnavailableError(f"{path} cannot be written ({error}). Make room there.") from error


@lru_cache(maxsize=2)
def _read(path: Path, _written: float) -> ResidueData:
    with np.load(path) as file:
        arrays = dict(file)
    facts = json.loads(arrays.pop("about").tobytes())
    return ResidueData(**arrays, facts=facts)
