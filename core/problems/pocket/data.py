"""What a run trains on: pockets, the target of each, and which of them are held out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from jaxtyping import Float, Int

from core.chemistry.components import read_components
from core.chemistry.embeddings import Targets, centred, read_targets
from core.chemistry.splits import SPLITS, Split, split_molecules
from core.errors import InputError
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.graphs import Graphs, join_graphs
from core.problems.pocket.real import match_target, read_usable, split_complexes
from core.problems.pocket.synthetic import (
    Shell,
    grow_pockets,
    load_synthetic,
    reference_embedding,
)

FEWEST: Final = 6  # pockets: two to train on, and some on either held-out side
MOST_NAMED: Final = 5


@dataclass(frozen=True, eq=False)
class PocketData:
    """Pockets with targets.

    Args:
        graphs: The pockets.
        names: Of the pockets.
        ligand_names: Of the ligand of each pocket.
        ligand: Number of the ligand of each pocket; pockets of one ligand share it.
        target: Of each pocket.
        split: Which side each pocket is on.
        facts: Where all this comes from and what was left out, for readers of the run.
    """

    graphs: Graphs
    names: tuple[str, ...]
    ligand_names: tuple[str, ...]
    ligand: Int[np.ndarray, " pockets"]
    target: Float[np.ndarray, "pockets dim"]
    split: Split
    facts: Mapping[str, str]


def load_pockets(config: PocketConfig) -> PocketData:
    """Read or make what a configuration asks for.

    Raises:
        InputError: A file cannot be used, no id has a pocket, or there are too few pockets.
        UnavailableError: The state folder cannot be written.
    """
    if config.structures:
        return _from_structures(config)
    if config.embeddings_path:
        return _around_ids(config)
    made = load_synthetic(config.ligands, config.output_dim, config.split_seed)
    around = f"{len(made.names):,} real molecules of the component dictionary"
    return _collect(
        config, made.names, made.names, made.pockets, made.vectors, made.split,
        {
            "training data": f"synthetic pockets around {around}",
            "targets": _computed(config.output_dim),
        },
    )  # fmt: skip


def _around_ids(config: PocketConfig) -> PocketData:
    """Grow a synthetic pocket for each id of a file that names a component."""
    targets = _file_targets(config)
    of_id = {name: name.rsplit("_", 1)[-1].upper() for name in targets.ids}
    found = read_components(sorted(set(of_id.values()))).components
    kept = [index for index, name in enumerate(targets.ids) if of_id[name] in found]
    without = [name for name in targets.ids if of_id[name] not in found]
    names = tuple(targets.ids[index] for index in kept)
    _require_enough(names, f"ids of {Path(config.embeddings_path).name} that name a component of "
                    "the dictionary, alone or behind the last _", without)  # fmt: skip
    components = {name: found[of_id[name]] for name in names}
    pockets = grow_pockets(components, config.split_seed)
    split = split_molecules([component.mol for component in components.values()], config.split_seed)
    facts = {
        "training data": f"synthetic pockets around the {len(names):,} ligands of "
        f"{Path(config.embeddings_path).name}",
        **_file_facts(config, targets),
        **_left_out("ids without a pocket", without),
    }
    ligands = tuple(of_id[name] for name in names)
    return _collect(config, names, ligands, pockets, targets.vectors[kept], split, facts)


def _from_structures(config: PocketConfig) -> PocketData:
    """Read real complexes; split by identical sequence and by similar ligand."""
    folder = Path(config.structures)
    found = read_usable(folder, config.cutoff_angstrom, config.ligand)
    reasons = list(found.reasons)
    if config.embeddings_path:
        targets = _file_targets(config)
        rows = [match_target(targets.ids, p.name, p.ligand) for p in found.pockets]
        kept = [index for index, row in enumerate(rows) if row is not None]
        vectors = targets.vectors[[row for row in rows if row is not None]]
        reasons += [f"{p.name}: no target in the file" for p, row in
                    zip(found.pockets, rows, strict=True) if row is None]  # fmt: skip
        unused = [name for index, name in enumerate(targets.ids) if index not in set(rows)]
        facts = _file_facts(config, targets) | _left_out("ids without a pocket", unused)
    else:
        kept = list(range(len(found.pockets)))
        vectors = reference_embedding(config.output_dim)(found.molecules)
        facts = {"targets": f"{_computed(config.output_dim)}, centred on the training complexes"}
    pockets = [found.pockets[index] for index in kept]
    _require_enough(pockets, f"usable complexes in {folder}", reasons)
    facts["training data"] = f"{len(pockets)} real complexes of {folder.name}"
    molecules = [found.molecules[index] for index in kept]
    split = split_complexes(pockets, molecules, config.split_seed)
    if not config.embeddings_path:
        vectors = centred(vectors, split.of("train"))
    return _collect(
        config,
        [pocket.name for pocket in pockets],
        [pocket.ligand for pocket in pockets],
        [(pocket.element, pocket.residue, pocket.coord) for pocket in pockets],
        vectors,
        split,
        facts | _left_out("left out", reasons),
    )


def _collect(
    config: PocketConfig,
    names: Sequence[str],
    ligands: Sequence[str],
    pockets: Sequence[Shell],
    vectors: Float[np.ndarray, "pockets dim"],
    split: Split,
    facts: Mapping[str, str],
) -> PocketData:
    graphs = join_graphs(pockets, config.neighbours)
    sizes = graphs.sizes
    return PocketData(
        graphs,
        tuple(names),
        tuple(ligands),
        np.unique(np.array(ligands), return_inverse=True)[1],
        vectors.astype(np.float32),
        split,
        {
            **facts,
            "pocket atoms": f"{int(np.median(sizes))} (median; {sizes.min()} to {sizes.max()})",
            "split": describe_split(split),
        },
    )


def describe_split(split: Split) -> str:
    """Say how many examples and groups are on each side, and how new the held-out ones are."""
    sides = [
        f"{name} {len(split.of(name)):,} in {len(np.unique(split.group[split.of(name)])):,}"
        for name in SPLITS
    ]
    nearest = split.nearest[np.isfinite(split.nearest)]
    close = f"{np.median(nearest):.2f} (median Tanimoto)" if len(nearest) else "unknown"
    return f"by similarity: {', '.join(sides)} groups; nearest training ligand {close}"


def _file_targets(config: PocketConfig) -> Targets:
    return read_targets(Path(config.embeddings_path), dimension=config.output_dim)


def _file_facts(config: PocketConfig, targets: Targets) -> dict[str, str]:
    facts = {"targets": f"{len(targets.ids):,} vectors of {Path(config.embeddings_path).name}"}
    return facts | ({"target scaling": " ".join(targets.notes)} if targets.notes else {})


def _computed(dimension: int) -> str:
    return f"descriptors and fingerprints (RDKit), projected to {dimension} dimensions"


def _left_out(what: str, named: Sequence[str]) -> dict[str, str]:
    if not named:
        return {}
    more = f" and {len(named) - MOST_NAMED:,} more" if len(named) > MOST_NAMED else ""
    return {what: f"{len(named):,}: {'; '.join(named[:MOST_NAMED])}{more}"}


def _require_enough(names: Sequence[object], what: str, reasons: Sequence[str]) -> None:
    if len(names) < FEWEST:
        why = f" (first of {len(reasons)} left out: {reasons[0]})" if reasons else ""
        raise InputError(what, expected=f"at least {FEWEST}", came=f"{len(names)}{why}",
                         do="Choose another folder or file")  # fmt: skip
