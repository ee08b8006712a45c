"""Pairs on disk: made once, then read in a moment."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np

from core.chemistry.splits import Split
from core.errors import UnavailableError
from core.problems.molecule.graphs import Graphs

TEXTS: Final = ("names", "smiles", "texts")
PARTS: Final = {"graphs": Graphs, "split": Split}


def write_kept(path: Path, fields: Mapping[str, Any]) -> None:
    """Write the fields of a `PairData` under a name that appears only when the file is whole.

    Raises:
        UnavailableError: The folder cannot be written.
    """
    texts = {name: list(fields[name]) for name in TEXTS} | {"facts": dict(fields["facts"])}
    arrays = {"vectors": fields["vectors"], "label": fields["label"]}
    for part in PARTS:
        arrays |= {f"{part}.{name}": value for name, value in vars(fields[part]).items()}
    arrays["about"] = np.frombuffer(json.dumps(texts).encode(), dtype=np.uint8)
    part = path.with_name(f"{path.stem}.{os.getpid()}.part.npz")
    try:
        np.savez(part, **arrays)
        part.replace(path)
    except OSError as error:
        with suppress(OSError):  # where nothing can be written, nothing can be removed
            part.unlink(missing_ok=True)
        raise UnavailableError(f"{path} cannot be written ({error}). Make room there.") from error


def read_kept(path: Path) -> dict[str, Any]:
    """Read what `write_kept` wrote, as the fields of a `PairData`."""
    with np.load(path) as file:
        arrays = dict(file)
    texts = json.loads(arrays.pop("about").tobytes())
    fields: dict[str, Any] = {name: tuple(texts[name]) for name in TEXTS}
    for part, kind in PARTS.items():
        own = {key: value for key, value in arrays.items() if key.startswith(f"{part}.")}
        fields[part] = kind(**{key.removeprefix(f"{part}."): v for key, v in own.items()})
    return fields | {"facts": texts["facts"], "vectors": arrays["vectors"],
                     "label": arrays["label"]}  # fmt: skip
