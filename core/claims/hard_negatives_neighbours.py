"""Claims of the note on hard negatives about neighbours: how near, how many, at what cost."""

from functools import cache
from time import perf_counter
from typing import Final

import numpy as np
from rdkit import Chem

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.molecule_data import options_for, tanimoto, text_set
from core.samplers.embeddings import check_embeddings
from core.samplers.hard_batches import draw_epoch
from core.samplers.neighbours import DEFAULT_MEMORY_MB, Neighbours, nearest_neighbours
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool

# The three of L19-22, as every textbook writes them.
DRUGS: Final = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "ibuprofen": "CC(C)Cc1ccc(cc1)C(C)C(=O)O",
    "paracetamol": "CC(=O)Nc1ccc(O)cc1",
}
PAIRS: Final = (("aspirin", "ibuprofen"), ("aspirin", "paracetamol"), ("ibuprofen", "paracetamol"))
KS: Final = (10, 30, 50, 100, 200)  # L102-106
ALIKE: Final = 0.95  # cosine from which two texts say nearly the same
SEARCHED, DIMENSION, K = 3_000, 384, 100  # of the search that is timed
DRAWN: Final = 10_000


def three_drugs(inputs: Inputs) -> Recomputed:
    """Compare aspirin, ibuprofen and paracetamol by structure, beside other pairs."""
    chosen = tanimoto([Chem.MolFromSmiles(smiles) for smiles in DRUGS.values()])
    names = list(DRUGS)
    near = {pair: float(chosen[names.index(pair[0]), names.index(pair[1])]) for pair in PAIRS}
    data = text_set(inputs)
    whole = tanimoto(data.molecules[:1_000])
    others = whole[np.triu_indices(len(whole), 1)]
    np.fill_diagonal(whole, 0)
    median, high = np.percentile(others, [50, 95])
    values = {f"{one}_{other}": Value(similarity) for (one, other), similarity in near.items()}
    values["mean_over_random_median"] = Value(float(np.mean(list(near.values())) / median))
    rows = (
        *({"pair": f"{one}, {other}", "Tanimoto": s} for (one, other), s in near.items()),
        {"pair": "random, median", "Tanimoto": float(median)},
        {"pair": "random, 95th percentile", "Tanimoto": float(high)},
        {"pair": "nearest in the set, median", "Tanimoto": float(np.median(whole.max(axis=1)))},
    )
    words = (
        f"{min(near.values()):.2f} to {max(near.values()):.2f}: more than random pairs "
        f"({median:.2f}), far from neighbours ({np.median(whole.max(axis=1)):.2f}). What they are "
        "used for is another matter, and a DNA polymerase (L14) is no small molecule at all."
    )
    return Recomputed(values, words, rows, source=data.source)


def similarity_by_k(inputs: Inputs) -> Recomputed:
    """Average the similarity of the k nearest neighbours, for several k."""
    data = text_set(inputs)
    assert data.pool.neighbours is not None
    found = data.pool.neighbours.similarity
    mean = {k: float(found[:, :k].mean()) for k in KS if k <= found.shape[1]}
    falls = bool((np.diff(list(mean.values())) < 0).all())
    values = {
        "falls_with_k": Value(float(falls), "yes"),
        "similarity_10_over_200": Value(mean[KS[0]] / list(mean.values())[-1]),
    }
    curve = Curve("k nearest", tuple(map(float, mean)), tuple(mean.values()))
    rows = tuple({"k": float(k), "mean cosine": value} for k, value in mean.items())
    words = "Mean cosine of a neighbour that is drawn from the k nearest: " + ", ".join(
        f"{value:.2f} ({k})" for k, value in mean.items()
    )
    axes = ("k", "mean cosine")
    return Recomputed(values, f"{words}.", rows, (curve,), axes, data.source)


def near_duplicates(inputs: Inputs) -> Recomputed:
    """Count near-duplicates among nearest neighbours, and among hard members under a ceiling."""
    data = text_set(inputs)
    assert data.pool.neighbours is not None
    nearest = data.pool.neighbours.similarity[:, 0]
    percent = {above: 100 * float((nearest > above).mean()) for above in (0.8, 0.9, ALIKE, 0.99)}
    options = options_for(data.pool, BatchOptions(max_similarity=ALIKE, seed=inputs.seed))
    drawn = draw_epoch(data.pool, options, 0)
    hard = drawn.similarity[drawn.is_hard_member]
    values = {
        "near_duplicates_percent": Value(percent[ALIKE], "%", n=len(nearest)),
        "masked_percent": Value(100 * float((hard > ALIKE).mean()), "%", n=len(hard)),
    }
    rows = tuple({"cosine above": above, "items, %": value} for above, value in percent.items())
    words = (
        f"{percent[ALIKE]:.1f} % have a neighbour with a cosine above {ALIKE}: taught apart, they "
        f"are false negatives. Under a ceiling of {ALIKE} they are no hard members."
    )
    return Recomputed(values, words, rows, source=data.source)


def what_sampler_reads(inputs: Inputs) -> Recomputed:
    """Draw an epoch twice: texts, options and its number go in, and no model."""
    data = text_set(inputs)
    options = options_for(data.pool, BatchOptions(seed=inputs.seed))
    one, other = (draw_epoch(data.pool, options, 7).members for _ in range(2))
    assert data.pool.neighbours is not None
    texts = data.pool.neighbours.indices[:, :10]
    alike = tanimoto(data.molecules)
    np.fill_diagonal(alike, -1)
    structures = np.argsort(-alike, axis=1)[:, :10]
    shared = [
        len(set(a) & set(b)) for a, b in zip(texts.tolist(), structures.tolist(), strict=True)
    ]
    values = {
        "lists_change_with_model": Value(float(not np.array_equal(one, other)), "yes"),
        "neighbours_shared": Value(10 * float(np.mean(shared)), "%", n=len(shared)),
    }
    words = (
        "The lists come from texts, once, before the first step; no argument of the sampler is the "
        f"model. Of the ten nearest by text {10 * np.mean(shared):.0f} % are among the ten nearest "
        "by structure, which a molecule encoder would rather confuse."
    )
    return Recomputed(values, words, source=data.source)


def search_time(inputs: Inputs) -> Recomputed:
    """Time the exact search of 100 neighbours, and scale it by the square of the items."""
    items = SEARCHED if inputs.quick else DRAWN
    vectors = np.random.default_rng(inputs.seed).standard_normal((items, DIMENSION))
    started = perf_counter()
    nearest_neighbours(vectors.astype(np.float32), K)
    took = perf_counter() - started
    seconds = {n: took * (n / items) ** 2 for n in (10_000, 100_000)}
    values = {f"seconds_{n}": Value(value, "s") for n, value in seconds.items()}
    rows = tuple({"molecules": float(n), "seconds": s} for n, s in {items: took, **seconds}.items())
    words = (
        f"{took:.2f} s for {items:,} on this machine; by the square {seconds[10_000]:.0f} s for "
        f"10,000 and {seconds[100_000]:.0f} s for 100,000. Embedding the texts comes on top."
    )
    return Recomputed(values, words, rows, source=f"{items:,} random vectors of {DIMENSION}")


def sampling_time(inputs: Inputs) -> Recomputed:
    """Time the drawing of an epoch, batch after batch and planned, and scale it by the items."""
    pool = _random_pool(inputs.seed)
    took = {}
    for method in ("sequential", "planned"):
        started = perf_counter()
        draw_epoch(pool, BatchOptions(method=method, seed=inputs.seed), 0)
        took[method] = perf_counter() - started
    values = {f"seconds_{n}": Value(took["sequential"] * n / DRAWN, "s")
              for n in (10_000, 100_000, 1_000_000)}  # fmt: skip
    rows = tuple(
        {"order of work": name, "seconds, 10,000 molecules": s} for name, s in took.items()
    )
    words = (
        f"{took['sequential']:.3f} s for {DRAWN:,} molecules batch after batch, "
        f"{took['planned']:.3f} s where all batches are planned together; a million takes "
        f"{values['seconds_1000000'].value:.1f} s by scaling."
    )
    return Recomputed(values, words, rows, source=f"{DRAWN:,} items with random neighbours")


@cache
def _random_pool(seed: int) -> Pool:
    generator = np.random.default_rng(seed)
    lists = generator.integers(0, DRAWN - 1, (DRAWN, K), dtype=np.int32)
    lists += lists >= np.arange(DRAWN)[:, None]  # never the item itself
    similarity = -np.sort(-generator.random((DRAWN, K), dtype=np.float32), axis=1)
    vectors = generator.standard_normal((DRAWN, 8)).astype(np.float32)
    return Pool(DRAWN, Neighbours(lists, similarity), check_embeddings(vectors))


def similarity_matrix(inputs: Inputs) -> Recomputed:
    """Count the bytes of all similarities, and those that the search in blocks may take."""
    del inputs
    sizes = (10_000, 100_000, 1_000_000)
    memory = {n: n * n * 4 / 1e9 for n in sizes}
    values = {f"memory_gb_{n}": Value(memory[n], "GB") for n in sizes[:2]}
    rows = tuple({"molecules": float(n), "whole matrix, GB": memory[n],
                  "list of 100 neighbours, GB": 8 * K * n / 1e9} for n in sizes)  # fmt: skip
    words = (
        f"{memory[10_000]:g} GB for 10,000 molecules, {memory[100_000]:g} GB for 100,000. Nobody "
        f"needs it: blocks of {DEFAULT_MEMORY_MB:.0f} MB give the same neighbours."
    )
    return Recomputed(values, words, rows)
