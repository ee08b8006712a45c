"""Texts as vectors: TF-IDF and SVD by scikit-learn, a sentence model, or vectors of one's own."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
from jaxtyping import Float, Int
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from core.chemistry.embeddings import read_targets
from core.errors import InputError, UnavailableError

Vectors = Float[np.ndarray, "texts dim"]
MOST_FEATURES: Final = 20_000
SVD_SEED: Final = 0
SENTENCE_MODEL: Final = "sentence-transformers/all-MiniLM-L6-v2"


def tfidf_svd(
    texts: Sequence[str],
    training: Int[np.ndarray, " training"],
    dimension: int,
    *,
    are_names: bool,
) -> Vectors:
    """Embed texts by TF-IDF and truncated SVD, fitted on the training texts alone.

    Args:
        texts: All of them.
        training: Which of them are trained on.
        dimension: Of the vectors; fewer where the training texts have not as many features.
        are_names: Chemical names are taken apart into runs of 2 to 4 letters, descriptions into
            words and pairs of words.

    Returns:
        Rows of length 1; a row of zeros for a text without any known feature.
    """
    parts: dict[str, Any] = (
        {"analyzer": "char_wb", "ngram_range": (2, 4)} if are_names else {"ngram_range": (1, 2)}
    )
    counted = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=MOST_FEATURES, **parts)
    fitted = _fit(counted, [texts[int(index)] for index in training])
    size = min(dimension, fitted.shape[0] - 1, fitted.shape[1] - 1)
    if size < 2:
        raise InputError("texts", expected="several that share some words", came=f"{len(training)} "
                         "to train on", do="Use more pairs")  # fmt: skip
    svd = TruncatedSVD(size, random_state=SVD_SEED).fit(fitted)
    return unit_rows(svd.transform(counted.transform(texts)))


def _fit(counted: TfidfVectorizer, texts: Sequence[str]) -> Any:
    try:
        return counted.fit_transform(texts)
    except ValueError as error:  # scikit-learn, where nothing occurs twice
        raise InputError("texts", expected="several that share some words", came=str(error)[:80],
                         do="Use more pairs") from error  # fmt: skip


def sentence_vectors(texts: Sequence[str], model: str = SENTENCE_MODEL) -> Vectors:
    """Embed texts by a sentence model, where the extra is installed.

    Raises:
        UnavailableError: It is not installed, or the model cannot be loaded.
    """
    try:
        library: Any = import_module("sentence_transformers")
    except ImportError as error:
        raise UnavailableError(
            "A sentence model needs the extra `sentences` (pip install lossoscope[sentences]). "
            "Install it, or choose tfidf."
        ) from error
    try:
        encoder = library.SentenceTransformer(model)
    except (OSError, ValueError) as error:
        raise UnavailableError(
            f"The sentence model {model} cannot be loaded ({str(error)[:120]}). "
            "Name a folder that holds one, or choose tfidf."
        ) from error
    return unit_rows(np.asarray(encoder.encode(list(texts), convert_to_numpy=True)))


def read_vectors(path: Path, names: Sequence[str]) -> Vectors:
    """Read vectors of one's own: NPY with a row for each pair, or HDF5 by the names of the pairs.

    Args:
        path: .npy (numbers, two axes; pickled objects are refused) or HDF5 as `read_targets` has.
        names: Of the pairs, in the order of the rows.

    Raises:
        InputError: Not such a file, another number of rows, names without a vector, NaN or inf,
            or a vector of zeros.
    """
    if path.suffix.lower() != ".npy":
        return _by_name(path, names)
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        is_pickled = "pickle" in str(error).lower() or "Object arrays" in str(error)
        came = "pickled objects, which could run code" if is_pickled else str(error)[:80]
        raise InputError(path.name, expected="an array of numbers (.npy)", came=came,
                         do="Save it with numpy.save as float32") from error  # fmt: skip
    if vectors.ndim != 2 or vectors.dtype.kind not in "fiu" or vectors.shape[1] < 2:
        raise InputError(path.name, expected="a matrix of numbers, a row for each pair",
                         came=f"shape {vectors.shape}, type {vectors.dtype}",
                         do="Save the matrix alone")  # fmt: skip
    if len(vectors) != len(names):
        raise InputError(path.name, expected=f"{len(names):,} rows, one for each pair",
                         came=f"{len(vectors):,}", do="Embed the pairs that are used")  # fmt: skip
    return unit_rows(_checked(path.name, vectors, names))


def _by_name(path: Path, names: Sequence[str]) -> Vectors:
    targets = read_targets(path)
    row = {name: index for index, name in enumerate(targets.ids)}
    lacking = [name for name in names if name not in row]
    if lacking:
        raise InputError(path.name, expected="a vector for each pair",
                         came=f"none for {len(lacking):,}, {lacking[0]} the first",
                         do="Name the vectors as the pairs are named")  # fmt: skip
    return unit_rows(targets.vectors[[row[name] for name in names]])


def _checked(place: str, vectors: np.ndarray, names: Sequence[str]) -> np.ndarray:
    faults = {
        "finite numbers": ~np.isfinite(vectors).all(axis=1),
        "vectors with a direction": ~vectors.any(axis=1),
    }
    for expected, is_bad in faults.items():
        bad = np.flatnonzero(is_bad)
        if len(bad):
            raise InputError(place, expected=expected, came=f"other in {len(bad):,} rows, "
                             f"{names[bad[0]]} the first", do="Correct these rows")  # fmt: skip
    return vectors


def unit_rows(vectors: np.ndarray) -> Vectors:
    """Scale rows to length 1; a row of zeros stays."""
    wide = vectors.astype(np.float64)
    norm = np.linalg.norm(wide, axis=1, keepdims=True)
    return np.divide(wide, norm, out=np.zeros_like(wide), where=norm > 0).astype(np.float32)
