"""The default data: real molecules in synthetic pockets; made once, then kept.

Molecules are those of the chemical component dictionary that biotite carries. Their pockets are
grown around them (`shells`) and said to be synthetic wherever they are shown.
"""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import biotite
import numpy as np
import rdkit
from jaxtyping import Float, Int

from core.chemistry.components import Component, choose_components
from core.chemistry.descriptors import Embedding, fit_embedding
from core.chemistry.embeddings import read_targets, write_targets
from core.chemistry.splits import Split, split_molecules
from core.errors import UnavailableError
from core.home import home_folder
from core.problems.pocket.shells import grow_shell, offers

FORMAT: Final = 3
REFERENCE: Final = 2_000  # molecules on which the embedding is fitted
# An underscore: the axis is another one in each pocket of a sequence.
Shell = tuple[Int[np.ndarray, " _atoms"], Int[np.ndarray, " _atoms"], Float[np.ndarray, "_atoms 3"]]


@dataclass(frozen=True, eq=False)
class Synthetic:
    """Molecules with their pockets, targets and split, in one order.

    Args:
        names: Component ids.
        pockets: Elements, residues and coordinates of each.
        vectors: Target of each.
        split: By similarity of the molecules.
    """

    names: tuple[str, ...]
    pockets: tuple[Shell, ...]
    vectors: Float[np.ndarray, "molecules dim"]
    split: Split


@lru_cache(maxsize=4)
def load_synthetic(count: int, dimension: int, seed: int) -> Synthetic:
    """Give synthetic pockets; the first call makes them, in some seconds a thousand.

    Args:
        count: How many molecules.
        dimension: Of the target vectors.
        seed: Of the choice, the pockets and the split.

    Raises:
        UnavailableError: The state folder cannot be written.
    """
    versions = (FORMAT, biotite.__version__, rdkit.__version__)
    text = repr((count, dimension, seed, versions))
    folder = home_folder("pocket", hashlib.sha256(text.encode()).hexdigest()[:16])
    targets = folder / f"ligand_embeddings_{dimension}d.h5"
    shells = folder / "pockets.npz"
    if not shells.is_file():  # written last
        _make(count, dimension, seed, targets, shells)
    return _read(targets, shells)


@lru_cache(maxsize=4)
def reference_embedding(dimension: int) -> Embedding:
    """Give the embedding of any molecule, fitted on molecules of the dictionary."""
    chosen = choose_components(REFERENCE, 0)
    return fit_embedding([component.mol for component in chosen.values()], dimension)


def grow_pockets(components: Mapping[str, Component], seed: int) -> tuple[Shell, ...]:
    """Grow one pocket around each molecule; that of a molecule does not depend on the others."""
    shells = []
    for name, component in components.items():
        generator = np.random.default_rng([seed, 3, *name.encode()])
        shells.append(grow_shell(offers(component.mol), component.coord, generator))
    return tuple(shells)


def _make(count: int, dimension: int, seed: int, targets: Path, shells: Path) -> None:
    components = choose_components(count, seed)
    molecules = [component.mol for component in components.values()]
    split = split_molecules(molecules, seed)
    # What is held out shapes neither the projection's scales nor the z-scores.
    embedding = fit_embedding([molecules[i] for i in split.of("train")], dimension)
    pockets = grow_pockets(components, seed)
    write_targets(targets, tuple(components), embedding(molecules))
    element, residue, coord = (np.concatenate(part) for part in zip(*pockets, strict=True))
    _write(
        shells,
        {
            "names": np.array(tuple(components)),
            "sizes": np.array([len(shell[0]) for shell in pockets]),
            "element": element.astype(np.int16),
            "residue": residue.astype(np.int16),
            "coord": coord.astype(np.float32),
            "side": split.side,
            "group": split.group,
            "nearest": split.nearest,
        },
    )


def _write(path: Path, arrays: Mapping[str, Any]) -> None:
    part = path.with_name(f"{path.stem}.{os.getpid()}.part.npz")
    try:
        np.savez(part, **arrays)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            part.unlink(missing_ok=True)
        raise UnavailableError(f"{path} cannot be written ({error}). Make room there.") from error


def _read(targets: Path, shells: Path) -> Synthetic:
    with np.load(shells) as file:
        kept = dict(file)
    vectors = read_targets(targets)
    row = {name: index for index, name in enumerate(vectors.ids)}
    names = tuple(kept["names"].tolist())
    ends = np.cumsum(kept["sizes"])[:-1]
    pieces = (np.split(kept[part], ends) for part in ("element", "residue", "coord"))
    return Synthetic(
        names,
        tuple(zip(*pieces, strict=True)),
        vectors.vectors[[row[name] for name in names]],
        Split(kept["side"], kept["group"], kept["nearest"]),
    )
