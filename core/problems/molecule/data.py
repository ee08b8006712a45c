"""What a run trains on: pairs as graphs and text vectors, their split, and who is near whom."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import rdkit
import sklearn
from jaxtyping import Float, Int
from rdkit import Chem

from core.chemistry.descriptors import fingerprints
from core.chemistry.splits import SPLITS, Split, cluster, join, nearest_training, split_groups
from core.errors import InputError
from core.home import home_folder
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.graphs import Graphs, join_graphs
from core.problems.molecule.kept import read_kept, write_kept
from core.problems.molecule.pairs import Pairs, dictionary_pairs, read_table
from core.problems.molecule.texts import read_vectors, sentence_vectors, tfidf_svd
from core.samplers.control import shuffled
from core.samplers.neighbour_cache import cached_neighbours
from core.samplers.pool import Pool, make_pool

FORMAT: Final = 1
FEWEST: Final = 12  # pairs
MOST_NAMED: Final = 5
Progress = Callable[[str, float], None]  # what is being done, and how much of it, 0 to 1


@dataclass(frozen=True, eq=False)
class PairData:
    """Pairs, ready to be trained on.

    Args:
        names: What each pair is called.
        smiles: Of each molecule.
        texts: Of each pair.
        graphs: The molecules.
        vectors: Of the texts, rows of length 1.
        label: Pairs of equal text or equal molecule share one: they are no negatives.
        split: Which side each pair is on.
        facts: Where all this comes from and what was left out, for readers of the run.
    """

    names: tuple[str, ...]
    smiles: tuple[str, ...]
    texts: tuple[str, ...]
    graphs: Graphs
    vectors: Float[np.ndarray, "pairs dim"]
    label: Int[np.ndarray, " pairs"]
    split: Split
    facts: Mapping[str, str]


def load_pairs(
    config: MoleculeConfig, *, progress: Progress = lambda _what, _part: None
) -> PairData:
    """Read or make what a configuration asks for; the first time it is made and then kept.

    Raises:
        InputError: A file cannot be used, or there are too few pairs.
        UnavailableError: The state folder cannot be written, or the sentence model is not there.
    """
    return _load(kept_path(config), config, progress)


def _recipe(config: MoleculeConfig) -> str:
    """Name what shapes the data: the options, the versions, and the content of files."""
    files = [_content(Path(path)) for path in (config.pairs, config.embeddings) if path]
    table = ("table", config.pairs) if config.pairs else ("dictionary", config.molecules)
    text = (FORMAT, *table, config.encoder, config.text_dim, config.split_seed, bool(files),
            rdkit.__version__, sklearn.__version__, files)  # fmt: skip
    return hashlib.sha256(repr(text).encode()).hexdigest()[:16]


def _content(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=2)
def _kept(path: Path, _written: float) -> PairData:
    return PairData(**read_kept(path))


def kept_path(config: MoleculeConfig) -> Path:
    """Give the file that the data of a configuration are kept in once they were made.

    Raises:
        UnavailableError: The state folder cannot be written.
        OSError: A table that the configuration names is not there any more.
    """
    return home_folder("molecule") / f"pairs_{_recipe(config)}.npz"


def _load(path: Path, config: MoleculeConfig, progress: Progress) -> PairData:
    if not path.is_file():
        write_kept(path, vars(_make(config, progress)))
    return _kept(path, path.stat().st_mtime)


def _make(config: MoleculeConfig, progress: Progress) -> PairData:
    progress("Reading molecules", 0.0)
    pairs = _pairs(config, progress)
    progress("Clustering molecules", 0.3)
    label, split = _split(pairs, config.split_seed)
    progress("Embedding texts", 0.6)
    vectors = _vectors(config, pairs, split.of("train"))
    kept = np.flatnonzero(vectors.any(axis=1))
    silent = [pairs.names[index] for index in np.flatnonzero(~vectors.any(axis=1)).tolist()]
    progress("Reading atoms and bonds", 0.9)
    left_out = [*pairs.left_out, *(f"{name}: no word that another text has" for name in silent)]
    data = PairData(
        tuple(pairs.names[index] for index in kept),
        tuple(Chem.MolToSmiles(pairs.molecules[index]) for index in kept),
        tuple(pairs.texts[index] for index in kept),
        join_graphs([pairs.molecules[index] for index in kept]),
        vectors[kept],
        label[kept],
        Split(split.side[kept], split.group[kept], split.nearest[kept]),
        {"training data": pairs.origin, "text vectors": _about(config, vectors), **_said(left_out)},
    )
    progress("Done", 1.0)
    return data


def _pairs(config: MoleculeConfig, progress: Progress) -> Pairs:
    if config.pairs:
        pairs = read_table(
            Path(config.pairs),
            progress=lambda done, total: progress("Reading molecules", 0.3 * done / total),
        )
    else:
        pairs = dictionary_pairs(config.molecules, config.split_seed)
    if len(pairs.names) < FEWEST:
        raise InputError("pairs", expected=f"at least {FEWEST}", came=f"{len(pairs.names)}",
                         do="Use a longer table")  # fmt: skip
    return pairs


def _split(pairs: Pairs, seed: int) -> tuple[Int[np.ndarray, " pairs"], Split]:
    """Give the label of each pair, and a split that divides neither a label nor a cluster."""
    bits = fingerprints(pairs.molecules)
    smiles = [Chem.MolToSmiles(molecule) for molecule in pairs.molecules]
    same = [{("text", text.casefold()), ("molecule", one)}
            for text, one in zip(pairs.texts, smiles, strict=True)]  # fmt: skip
    near = [own | {("cluster", int(number))}
            for own, number in zip(same, cluster(bits), strict=True)]  # fmt: skip
    group = join(near)
    side = split_groups(group, seed)
    return join(same), Split(side, group, nearest_training(bits, side))


def _vectors(
    config: MoleculeConfig, pairs: Pairs, training: Int[np.ndarray, " training"]
) -> Float[np.ndarray, "pairs dim"]:
    if config.embeddings:
        return read_vectors(Path(config.embeddings), pairs.names)
    if config.encoder == "sentence":
        return sentence_vectors(pairs.texts)
    return tfidf_svd(pairs.texts, training, config.text_dim, are_names=pairs.are_names)


def _about(config: MoleculeConfig, vectors: Float[np.ndarray, "pairs dim"]) -> str:
    if config.embeddings:
        return f"{vectors.shape[1]} numbers a text, from {Path(config.embeddings).name}"
    kind = "sentence model" if config.encoder == "sentence" else "TF-IDF and SVD of training texts"
    return f"{kind}, {vectors.shape[1]} numbers"


def _said(left_out: Sequence[str]) -> dict[str, str]:
    if not left_out:
        return {}
    more = f" and {len(left_out) - MOST_NAMED:,} more" if len(left_out) > MOST_NAMED else ""
    return {"left out": f"{len(left_out):,}: {'; '.join(left_out[:MOST_NAMED])}{more}"}


def describe_split(split: Split) -> str:
    """Say how many pairs and groups are on each side, and how new the held-out ones are."""
    sides = [
        f"{name} {len(split.of(name)):,} in {len(np.unique(split.group[split.of(name)])):,}"
        for name in SPLITS
    ]
    nearest = float(np.nanmedian(split.nearest))
    return (
        f"by structure and text: {', '.join(sides)} groups; nearest training molecule "
        f"{nearest:.2f} (median Tanimoto)"
    )


def training_pool(
    config: MoleculeConfig,
    data: PairData,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Pool:
    """Give what batches are drawn from; items are numbered as in `data.split.of("train")`.

    Args:
        config: Its k, and whether the lists are exchanged for a control.
        data: From `load_pairs`.
        progress: Of the search for neighbours.

    Raises:
        InputError: There are not more training pairs than neighbours.
    """
    training = data.split.of("train")
    label = np.unique(data.label[training], return_inverse=True)[1]
    if not config.hard_negatives:
        return Pool(len(training), labels=label)
    vectors = data.vectors[training]
    found = cached_neighbours(
        vectors, config.hardness_k, home_folder("neighbours"), progress=progress
    )
    lists = shuffled(found, config.seed) if config.shuffle_neighbours else found
    return make_pool(vectors, lists, labels=label)
