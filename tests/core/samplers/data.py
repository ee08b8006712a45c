"""Embeddings of known shape, and pools of them, for the tests of samplers."""

import numpy as np

from core.samplers.neighbours import nearest_neighbours
from core.samplers.pool import make_pool


def gaussian(items, dim=16, seed=0):
    return np.random.default_rng(seed).standard_normal((items, dim)).astype(np.float32)


def clustered(items, clusters, dim=16, seed=0):
    """Well separated clusters of equal size, item i in cluster i % clusters."""
    generator = np.random.default_rng(seed)
    centres = 3 * generator.standard_normal((clusters, dim))
    noise = generator.standard_normal((items, dim))
    return (centres[np.arange(items) % clusters] + noise).astype(np.float32)


def hub_heavy(items, dim=41, seed=0):
    """Around a common direction, at distances that differ: the near ones are everybody's."""
    generator = np.random.default_rng(seed)
    around = generator.standard_normal((items, dim - 1))
    around *= np.exp(0.4 * generator.standard_normal((items, 1)))
    return np.column_stack([np.full(items, (dim - 1) ** 0.5), around]).astype(np.float32)


SHAPES = {
    "gaussian": gaussian,
    "clustered": lambda items: clustered(items, items // 50),
    "hub-heavy": hub_heavy,
}


def pool_of(embeddings, k, **parts):
    return make_pool(embeddings, nearest_neighbours(embeddings, k), **parts)


def cosine(embeddings):
    wide = embeddings.astype(np.float64)
    wide /= np.linalg.norm(wide, axis=1, keepdims=True)
    return wide @ wide.T
