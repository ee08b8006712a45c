"""Where one's own claims are kept: a file of JSON lines in the state folder, beside the runs."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, get_args

from filelock import FileLock

from core.claims.own import Comparison, OwnClaim, Where
from core.errors import InputError
from core.home import home_folder
from core.runs.files import write_atomically

FILE: Final = "own.json"
LOCK: Final = ".own.lock"
TYPES: Final = {
    "name": str, "metric": str, "comparison": str, "value": (int, float), "where": str,
    "at": int, "runs": list, "against": list,
}  # fmt: skip


def own_claims() -> tuple[OwnClaim, ...]:
    """List one's own claims in the order in which they were added.

    Raises:
        InputError: A line of the file is no claim.
        UnavailableError: The state folder cannot be written.
    """
    path = _path()
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return tuple(_decode(line, i) for i, line in enumerate(lines, 1) if line.strip())


def add_own(*claims: OwnClaim) -> None:
    """Keep claims: all of them, or none where one cannot be kept.

    Raises:
        InputError: A name is empty or taken, or it says nothing of any run.
        UnavailableError: The file cannot be written.
    """
    if not all(c.name.strip() and c.metric.strip() and c.runs for c in claims):
        raise InputError("own claim", expected="a name, a metric and at least one run",
                         came="an empty field", do="Fill it in")  # fmt: skip
    with FileLock(home_folder("claims") / LOCK):
        known = own_claims()
        names = [claim.name for claim in (*known, *claims)]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise InputError("own claim", expected="a name of its own", came=twice,
                             do="Choose another name, or remove that claim")  # fmt: skip
        _write([*known, *claims])


def remove_own(name: str) -> None:
    """Forget the claim of this name; nothing where there is none.

    Raises:
        InputError: A line of the file is no claim.
        UnavailableError: The file cannot be written.
    """
    with FileLock(home_folder("claims") / LOCK):
        _write([claim for claim in own_claims() if claim.name != name])


def _path() -> Path:
    return home_folder("claims") / FILE


def _write(claims: Sequence[OwnClaim]) -> None:
    text = "".join(json.dumps(asdict(claim), ensure_ascii=False) + "\n" for claim in claims)
    write_atomically(_path(), text.encode())


def _decode(line: str, at: int) -> OwnClaim:
    try:
        told: Any = json.loads(line)
    except ValueError:
        told = None
    if not isinstance(told, dict) or not _is_claim(told):
        raise InputError(f"{_path()}, line {at}", expected="a claim", came=line[:60],
                         do="Correct or delete the line")  # fmt: skip
    lists = {key: tuple(map(str, told[key])) for key in ("runs", "against")}
    return OwnClaim(**{**told, **lists})


def _is_claim(told: dict[str, Any]) -> bool:
    return (
        told.keys() == TYPES.keys()
        and all(isinstance(told[key], kind) for key, kind in TYPES.items())
        and told["comparison"] in get_args(Comparison)
        and told["where"] in get_args(Where)
    )
