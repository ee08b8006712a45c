"""Recomputing a claim, kept on disk under a hash of everything that it depends on."""

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import DEFAULT, Inputs, fingerprint
from core.claims.registry import RECOMPUTE
from core.errors import CoreError, InputError
from core.home import home_folder
from core.runs.files import write_atomically

CORE: Final = Path(__file__).resolve().parents[1]
SAMPLES: Final = CORE.parent / "sample_data"
PACKAGES: Final = ("numpy", "scipy", "torch")


def recompute(claim_id: str, inputs: Inputs = DEFAULT) -> Recomputed | None:
    """Recompute a claim, or read what was recomputed from the same inputs by the same code.

    What costs next to nothing is not kept.

    Args:
        claim_id: Of the ledger.
        inputs: Data, size and seed.

    Returns:
        None where no function recomputes the claim.

    Raises:
        CoreError: The inputs cannot be used, or the function fails on them.
        UnavailableError: The state folder cannot be written.
    """
    recipe = RECOMPUTE.get(claim_id)
    if recipe is None:
        return None
    if recipe.seconds == 0:
        return _evaluated(claim_id, recipe.function, inputs)
    path = home_folder("claims") / f"{claim_id}_{input_hash(claim_id, inputs)[:16]}.json"
    found = _kept(path)
    if found is None:
        found = _evaluated(claim_id, recipe.function, inputs)
        write_atomically(path, json.dumps(asdict(found)).encode())
    return found


def _evaluated(
    claim_id: str, function: Callable[[Inputs], Recomputed], inputs: Inputs
) -> Recomputed:
    """Recompute; a formula that data of one's own bring down is told with its claim."""
    try:
        return function(inputs)
    except CoreError:
        raise
    except Exception as error:
        raise InputError(f"claim {claim_id}", expected="data that its formula can be evaluated on",
                         came=f"{type(error).__name__}: {error}",
                         do="Choose other data of your own, or none") from error  # fmt: skip


def is_kept(claim_id: str, inputs: Inputs = DEFAULT) -> bool:
    """Say whether a result for these inputs lies on disk, so that it costs nothing."""
    name = f"{claim_id}_{input_hash(claim_id, inputs)[:16]}.json"
    return claim_id in RECOMPUTE and (home_folder("claims") / name).is_file()


def input_hash(claim_id: str, inputs: Inputs) -> str:
    """Hash a claim's id, the files it reads, size, seed, the code and the packages it rests on."""
    recipe = RECOMPUTE.get(claim_id)
    files = {name: fingerprint(getattr(inputs, name)) for name in (recipe.reads if recipe else ())}
    quick = inputs.quick or not (recipe and recipe.full_seconds)
    text = repr((claim_id, files, quick, inputs.seed, code_version()))
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def code_version() -> str:
    """Hash what every result depends on: the code of core, its packages, and the sample data."""
    whole = hashlib.sha256(repr([version(name) for name in PACKAGES]).encode())
    code = CORE.rglob("*.py")
    samples = (p for p in SAMPLES.rglob("*") if p.is_file() and p.parent != SAMPLES / "claims")
    for path in sorted((*code, *samples)):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def from_plain(plain: Mapping[str, Any]) -> Recomputed:
    """Build a result from what `asdict` and JSON made of it."""
    return Recomputed(
        {key: Value(**value) for key, value in plain["values"].items()},
        plain["words"],
        tuple(plain["rows"]),
        tuple(Curve(c["name"], tuple(c["x"]), tuple(c["y"])) for c in plain["curves"]),
        (plain["axes"][0], plain["axes"][1]),
        plain["source"],
        plain["needs"],
    )


def _kept(path: Path) -> Recomputed | None:
    """Read a result; one that broke off or was changed is computed again."""
    with suppress(OSError, ValueError, KeyError, TypeError, IndexError):
        return from_plain(json.loads(path.read_text(encoding="utf-8")))
    return None
