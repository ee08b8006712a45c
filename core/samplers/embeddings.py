"""Embeddings that have a cosine: checked once, brought to length 1 some rows at a time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from jaxtyping import Float32, Float64, Int, Shaped

from core.errors import InputError

# Rows that are brought to double precision together, as cells.
_CELLS: Final = 2**20
_NAMED_ROWS: Final = 5


@dataclass(frozen=True)
class Embeddings:
    """Rows and their lengths, all finite and above 0.

    Args:
        values: As they came.
        length: Euclidean length of each row.
    """

    values: Shaped[np.ndarray, "items dim"]
    length: Float64[np.ndarray, " items"]

    @property
    def items(self) -> int:
        """How many rows there are."""
        return len(self.values)

    @property
    def dim(self) -> int:
        """How many numbers a row has."""
        return self.values.shape[1]

    def unit(self, rows: Int[np.ndarray, " rows"] | slice) -> Float32[np.ndarray, "rows dim"]:
        """Give some rows with length 1."""
        values = self.values[rows]
        result = np.empty(values.shape, np.float32)
        return np.divide(values, self.length[rows, None], out=result, casting="same_kind")


def check_embeddings(embeddings: Shaped[np.ndarray, "*shape"]) -> Embeddings:
    """Check that every row has a cosine with every other.

    Args:
        embeddings: A row for each item, shape (items, dim), real numbers.

    Raises:
        InputError: No table, no numbers, fewer than two rows, NaN, inf, or a row of zeros.
    """
    if embeddings.ndim != 2:
        raise InputError(
            "embeddings",
            expected="a table with a row for each item, (items, dim)",
            came=f"an array of {embeddings.ndim} dimensions {embeddings.shape}",
            do="Reshape it",
        )
    if embeddings.dtype.kind not in "fiu":
        raise InputError("embeddings", expected="real numbers", came=f"{embeddings.dtype}",
                         do="Convert them to float32")  # fmt: skip
    if len(embeddings) < 2:
        raise InputError("embeddings", expected="at least two items", came=str(len(embeddings)),
                         do="Give more items: one has no neighbours")  # fmt: skip
    length = _lengths(embeddings)
    _refuse_rows(~np.isfinite(length), "finite numbers", "NaN, inf or a length beyond 1e150")
    _refuse_rows(length == 0, "rows that are not zero, as cosine needs a direction", "only zeros")
    return Embeddings(embeddings, length)


def _lengths(embeddings: Shaped[np.ndarray, "items dim"]) -> Float64[np.ndarray, " items"]:
    length = np.empty(len(embeddings))
    step = max(1, _CELLS // max(1, embeddings.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(embeddings), step):
            wide = embeddings[start : start + step].astype(np.float64)
            length[start : start + step] = np.sqrt(np.einsum("ij,ij->i", wide, wide))
    return length


def _refuse_rows(bad: Shaped[np.ndarray, " items"], expected: str, came: str) -> None:
    rows = np.flatnonzero(bad)
    if not len(rows):
        return
    named = ", ".join(map(str, rows[:_NAMED_ROWS])) + (", ..." if len(rows) > _NAMED_ROWS else "")
    raise InputError(
        "embeddings",
        expected=expected,
        came=f"{came} in {len(rows)} of {len(bad)} rows ({named}, counted from 0)",
        do="Leave these items out or embed them again",
    )
