"""Neighbour search against other exact ones, and an epoch of hard-negative batches.

At 100,000 x 384 the searches take minutes: set LOSSOSCOPE_BENCH_FULL=1 to run them too.
"""

import os
import subprocess
import sys
from importlib.util import find_spec

import numpy as np

from benchmarks.measure import Row, best_of
from benchmarks.neighbour_search import DIM, K
from core.samplers.epoch import Epoch, Origin
from core.samplers.hard_batches import draw_epoch
from core.samplers.hubs import measure_hubness
from core.samplers.neighbours import DEFAULT_MEMORY_MB, nearest_neighbours
from core.samplers.options import BatchOptions
from core.samplers.pool import Pool, make_pool
from core.samplers.reading import Filling, summarise_filling

IS_FULL = os.environ.get("LOSSOSCOPE_BENCH_FULL") == "1"
ITEMS = 100_000
# The shapes below live in fewer dimensions; more would only slow the search down.
SAMPLER_DIM = DIM if IS_FULL else 64
FAISS_BOUND = 1.3


def rows() -> list[Row]:
    """Measure the searches, then the sampler on four shapes of data."""
    found = [
        *_searches(10_000, ("ours", "faiss", "scikit-learn", "matrix"), repeat=3),
        *_searches(50_000, ("ours", "faiss", "scikit-learn"), repeat=1),
    ]
    if IS_FULL:
        found += _searches(100_000, ("ours", "faiss"), repeat=1)
    found += _mining(10_000)
    for name, make, bound_s, is_servable in SHAPES:
        found += _sampler(name, make(np.random.default_rng(0)), bound_s, is_servable)
    return found


def _mining(items: int) -> list[Row]:
    """Compare with what sentence-transformers mines, where it and `datasets` are installed."""
    name = f"{K} nearest of {items:,} x {DIM} against mining by sentence-transformers"
    if not all(map(find_spec, ("sentence_transformers", "datasets"))):
        return [Row(name, "not measured: it is not installed", "at most its time", True)]
    seconds, memory_mb, told = _measured(("ours", "sentence-transformers"), items, repeat=1)
    (own_s, its_s), (own_mb, its_mb) = seconds.values(), memory_mb.values()
    apart = abs(told["ours"] - told["sentence-transformers"]) / items
    return [
        Row(
            name,
            f"{own_s:.2f} s, {own_mb:,.0f} MB; {its_s:.2f} s, {its_mb:,.0f} MB; similarity of the "
            f"last {apart:.1e} apart",
            "at most its time, the same neighbours",
            own_s <= its_s and apart <= 1e-6,
        )
    ]


def _measured(ways: tuple[str, ...], items: int, repeat: int) -> tuple[dict[str, float], ...]:
    """Give seconds, MB beyond the embeddings, and a sum that tells the result, by way."""
    command = [sys.executable, "-m", "benchmarks.neighbour_search"]
    seconds, memory_mb, told = {}, {}, {}
    for way in ways:
        done = subprocess.run(
            [*command, way, str(items), str(repeat)], capture_output=True, text=True, check=True
        )
        seconds[way], memory_mb[way], told[way] = map(float, done.stdout.split())
    return seconds, memory_mb, told


def _searches(items: int, ways: tuple[str, ...], *, repeat: int) -> list[Row]:
    seconds, memory_mb, told = _measured(ways, items, repeat)
    others = ways[1:]
    name = f"{K} nearest of {items:,} x {DIM}"
    ratio = seconds["ours"] / seconds["faiss"]
    times = ", ".join(f"{way} {seconds[way]:.2f} s" for way in others)
    sizes = ", ".join(f"{way} {memory_mb[way]:,.0f} MB" for way in others)
    apart = max(abs(told["ours"] - told[way]) for way in others) / items
    return [
        Row(
            f"{name}, time",
            f"{seconds['ours']:.2f} s; {times}; {ratio:.2f} x faiss",
            f"at most {FAISS_BOUND} x faiss's flat index",
            ratio <= FAISS_BOUND,
        ),
        Row(
            f"{name}, peak memory beyond the embeddings",
            f"{memory_mb['ours']:,.0f} MB; {sizes}",
            f"at most {DEFAULT_MEMORY_MB:g} MB and the buffers of the BLAS library, 64 MB",
            memory_mb["ours"] <= DEFAULT_MEMORY_MB + 64,
        ),
        Row(f"{name}, difference in similarity of the last", f"{apart:.1e}", "at most 1e-6",
            apart <= 1e-6),
    ]  # fmt: skip


def _even(generator: np.random.Generator) -> np.ndarray:
    """Spread points over a sphere of 8 dimensions: all serve alike as neighbours."""
    return _turned(generator.standard_normal((ITEMS, 8), dtype=np.float32), generator)


def _clustered(generator: np.random.Generator) -> np.ndarray:
    """Draw 1,000 clusters of about 100."""
    centres = generator.standard_normal((1000, SAMPLER_DIM), dtype=np.float32)
    noise = generator.standard_normal((ITEMS, SAMPLER_DIM), dtype=np.float32)
    return centres[generator.integers(1000, size=ITEMS)] + np.float32(0.7) * noise


def _around_one_direction(
    generator: np.random.Generator, dim: int, spread: float, distance: float
) -> np.ndarray:
    """Scatter around a common direction, at distances that differ: the near ones are hubs."""
    around = generator.standard_normal((ITEMS, dim), dtype=np.float32)
    around *= np.exp(np.float32(spread) * generator.standard_normal((ITEMS, 1), np.float32))
    common = np.full((ITEMS, 1), dim**0.5 / distance, np.float32)
    return _turned(np.hstack([common, around]), generator)


def _turned(points: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Put points into the space of the embeddings without changing an angle."""
    frame = np.linalg.qr(generator.standard_normal((SAMPLER_DIM, points.shape[1])))[0]
    return points @ frame.T.astype(np.float32)


# Name, data, seconds an epoch may take, and whether the lists can serve 80 % of the slots.
SHAPES = (
    ("even", _even, 1.0, True),
    ("clustered", _clustered, 1.0, True),
    ("hub-heavy", lambda g: _around_one_direction(g, 40, 0.4, 1.0), 5.0, True),
    ("hubs beyond what lists can serve", lambda g: _around_one_direction(g, 63, 0.4, 0.5), 5.0,
     False),
)  # fmt: skip


def _sampler(name: str, embeddings: np.ndarray, bound_s: float, is_servable: bool) -> list[Row]:
    pool = make_pool(embeddings, nearest_neighbours(embeddings, K))
    hubness = measure_hubness(pool.neighbours)
    shape = (
        f"{name} data, {ITEMS:,} items, batch 32, 15 hard (skewness of in-degree "
        f"{hubness.skewness:.1f}, nobody's neighbour {hubness.nobodys_share:.0%})"
    )
    planned, seconds = _drawn(pool, BatchOptions())
    plain, plain_s = _drawn(pool, BatchOptions(method="sequential"))
    filling, fading = summarise_filling(planned), summarise_filling(plain)
    own = filling.by_origin[Origin.OWN_LIST]
    is_level = abs(filling.first - filling.last) <= 0.02
    is_filled = min(filling.first, filling.middle, filling.last) >= 0.95
    is_right = _each_once(planned) and _each_once(plain)
    return [
        Row(f"Epoch of planned batches, {shape}", f"{seconds:.3f} s", f"< {bound_s:g} s",
            seconds < bound_s),
        Row(
            f"Hard slots filled, planned, {name}",
            _told(filling),
            "95 % in first, middle and last tenth, last within 2 points of first"
            + (", 80 % from the own list" if is_servable else "") + "; every item once",
            is_level and is_filled and is_right and (own >= 0.8 or not is_servable),
        ),
        Row(f"Epoch of sequential batches, {name}", f"{plain_s:.3f} s; {_told(fading)}",
            "< 0.1 s; the slots are shown for comparison", plain_s < 0.1),
    ]  # fmt: skip


def _drawn(pool: Pool, options: BatchOptions) -> tuple[Epoch, float]:
    return draw_epoch(pool, options, 0), best_of(lambda: draw_epoch(pool, options, 0))


def _each_once(epoch: Epoch) -> bool:
    counts = np.bincount(epoch.members[epoch.members >= 0], minlength=ITEMS)
    return bool((counts == 1).all())


def _told(filling: Filling) -> str:
    sources = ", ".join(
        f"{source.name.lower().replace('_', ' ')} {share:.1%}"
        for source, share in filling.by_origin.items()
    )
    return (
        f"{filling.first:.1%} / {filling.middle:.1%} / {filling.last:.1%} in the first, middle "
        f"and last tenth, 5th percentile by batch {filling.low:.0%}; {sources}"
    )
