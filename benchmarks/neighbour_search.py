"""A process that searches neighbours in one way, for `bench_samplers`: its memory is its own."""

import sys
import threading
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil

DIM, K = 384, 100


def ours(embeddings: np.ndarray) -> np.ndarray:
    """Search as the project does."""
    from core.samplers.neighbours import nearest_neighbours  # noqa: PLC0415 - memory of one way

    return nearest_neighbours(embeddings, K).indices


def matrix(embeddings: np.ndarray) -> np.ndarray:
    """Search in the whole matrix of similarities."""
    similarity = embeddings @ embeddings.T
    np.fill_diagonal(similarity, -2)
    best = np.argpartition(-similarity, K, axis=1)[:, :K]
    order = np.argsort(-np.take_along_axis(similarity, best, axis=1), axis=1)
    return np.take_along_axis(best, order, axis=1)


def scikit_learn(embeddings: np.ndarray) -> np.ndarray:
    """Search as scikit-learn does."""
    from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415

    search = NearestNeighbors(n_neighbors=K, metric="cosine", algorithm="brute", n_jobs=-1)
    return search.fit(embeddings).kneighbors(return_distance=False)


def faiss(embeddings: np.ndarray) -> np.ndarray:
    """Search as faiss's flat index does; its nearest of each row is the row itself."""
    import faiss as library  # noqa: PLC0415

    index = library.IndexFlatIP(DIM)
    index.add(embeddings)
    return index.search(embeddings, K + 1)[1][:, 1:]


class _Model:
    """Stands in for a sentence model: it looks the vectors up, so that only the mining counts."""

    device, model_card_data = "cpu", SimpleNamespace(base_model="lookup")

    def __init__(self, embeddings: np.ndarray) -> None:
        self._embeddings = embeddings

    def encode_document(self, texts: list[str], **_: Any) -> np.ndarray:
        return self._embeddings[[int(text) for text in texts]]

    encode_query = encode_document

    def get_embedding_dimension(self) -> int:
        return DIM

    def similarity(self, one: Any, other: Any) -> Any:
        import torch  # noqa: PLC0415

        return torch.as_tensor(one) @ torch.as_tensor(other).T

    def similarity_pairwise(self, one: Any, other: Any) -> Any:
        import torch  # noqa: PLC0415

        return (torch.as_tensor(one) * torch.as_tensor(other)).sum(dim=1)


def sentence_transformers(embeddings: np.ndarray) -> np.ndarray:
    """Mine as sentence-transformers does: as many negatives of every text, by its flat index."""
    from datasets import Dataset, disable_progress_bars  # noqa: PLC0415
    from sentence_transformers.util import mine_hard_negatives  # noqa: PLC0415

    disable_progress_bars()
    texts = [str(number) for number in range(len(embeddings))]
    mined = mine_hard_negatives(
        Dataset.from_dict({"anchor": texts, "positive": texts}), _Model(embeddings),
        num_negatives=K, use_faiss=True, output_format="n-tuple", verbose=False,
    )  # fmt: skip
    columns = [mined[f"negative_{place}"] for place in range(1, K + 1)]
    return np.array([[int(text) for text in column] for column in columns]).T


WAYS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "ours": ours, "matrix": matrix, "scikit-learn": scikit_learn, "faiss": faiss,
    "sentence-transformers": sentence_transformers,
}  # fmt: skip


def make_embeddings(items: int) -> np.ndarray:
    """Make Gaussian embeddings of length 1, so that every way has the same to do."""
    drawn = np.random.default_rng(0).standard_normal((items, DIM), dtype=np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn


class Peak(threading.Thread):
    """The highest memory of this process, looked at every few milliseconds."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._process, self._is_over = psutil.Process(), threading.Event()
        self.before = self.highest = self._process.memory_info().rss

    def run(self) -> None:
        """Look until told to stop."""
        while not self._is_over.wait(0.005):
            self.highest = max(self.highest, self._process.memory_info().rss)

    def stop_mb(self) -> float:
        """Give the MB beyond what there was at the start."""
        self._is_over.set()
        self.join()
        return (self.highest - self.before) / 1e6


def main(way: str, items: int, repeat: int) -> None:
    """Print the best seconds, the MB beyond the embeddings, and a sum that tells the result."""
    embeddings = make_embeddings(items)
    WAYS[way](embeddings[: 2 * K])  # loads what is loaded once
    seconds = []
    peak = Peak()
    peak.start()
    for _ in range(repeat):
        start = time.perf_counter()
        found = WAYS[way](embeddings)
        seconds.append(time.perf_counter() - start)
    peak_mb = peak.stop_mb()
    told = np.einsum("ij,ij->", embeddings, embeddings[found[:, -1]], dtype=np.float64)
    print(min(seconds), peak_mb, told)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
