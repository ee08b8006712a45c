"""The run folder: how one begins, which there are, and what a person may edit in it."""

import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from core.errors import InputError
from core.events import Plain
from core.home import home, home_folder
from core.runs.files import (
    ARRAYS,
    CHECKPOINTS,
    CONFIG,
    MEASUREMENTS,
    META,
    STATUS,
    cannot_write,
    read_json,
    unreadable,
    write_atomically,
)
from core.runs.seen import Seen, read_seen
from core.runs.status import Status, encode_status

SAMPLE_RUNS: Path = Path(__file__).resolve().parents[2] / "sample_data" / "runs"

FORMAT: Final = 1
RUNS: Final = "runs"
NAME_LETTERS: Final = 80


@dataclass(frozen=True)
class RunConfig:
    """What a run was asked to do.

    Args:
        experiment: Its name, or the format that a log was imported from.
        config: Every option, as plain values.
        created_s: Seconds since 1970.
    """

    experiment: str
    config: Mapping[str, Plain]
    created_s: float


@dataclass(frozen=True)
class Meta:
    """What a person calls a run.

    Args:
        name: As in lists; the id where empty.
        tags: In the order given, without doubles.
        note: Free text.
        group: Runs that were started together (solo runs, a sweep) share it.
        archived: Whether lists leave it out unless they are asked for it.
        acknowledged: Findings that a person has seen, by the key of the finding.
    """

    name: str = ""
    tags: tuple[str, ...] = ()
    note: str = ""
    group: str = ""
    archived: bool = False
    acknowledged: Mapping[str, Seen] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckpointFile:
    """A file below checkpoints/: where, how large, and when written (seconds since 1970)."""

    path: Path
    size_bytes: int = 0
    time_s: float = 0.0


def runs_home() -> Path:
    """Create and give the folder that holds the runs of this machine."""
    return home_folder(RUNS)


def new_run(
    experiment: str,
    config: Mapping[str, Plain],
    *,
    name: str = "",
    group: str = "",
    folder: Path | None = None,
) -> Path:
    """Begin a run: make its folder, in state "queued".

    The folder appears whole or not at all. Its name is its id, which sorts by time:
    `peptide-20261121-104512-ab3f`.

    Args:
        experiment: Name of the experiment.
        config: Every option, as plain values.
        name: What a person calls it.
        group: Shared by runs that belong together.
        folder: The folder to make, instead of one with an id in `runs_home()`.

    Raises:
        InputError: The given folder exists already, or the configuration is not plain.
        UnavailableError: The disk is full or cannot be written.
    """
    created_s = time.time()
    files = {
        CONFIG: _to_json({"format": FORMAT, "experiment": experiment, "created_s": created_s,
                          "config": config}),
        META: _to_json(asdict(Meta(name=name, group=group))),
        STATUS: encode_status(Status("queued", heartbeat_s=created_s)),
    }  # fmt: skip
    wanted = folder or runs_home() / _new_id(experiment)
    if wanted.exists():
        raise InputError(str(wanted), expected="a folder that is not there yet", came="one that is",
                         do="Choose another name")  # fmt: skip
    building = wanted.with_name(f".{wanted.name}.new")
    try:
        building.mkdir(parents=True)
        for subfolder in (MEASUREMENTS, ARRAYS, CHECKPOINTS):
            (building / subfolder).mkdir()
        for file, content in files.items():
            (building / file).write_bytes(content)
        building.rename(wanted)
    except OSError as error:
        shutil.rmtree(building, ignore_errors=True)
        raise cannot_write(wanted, error) from error
    return wanted


def _new_id(experiment: str) -> str:
    stem = re.sub(r"[^a-z0-9_]+", "-", experiment.lower()).strip("-")[:40] or "run"
    return f"{stem}-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def run_folders() -> tuple[tuple[Path, bool], ...]:
    """List every run folder, each with whether it is a sample; does not look inside.

    Creates nothing: samples are listed even where the state folder cannot be made.
    """
    places = ((home() / RUNS, False), (SAMPLE_RUNS, True))
    return tuple(
        (path, is_sample)
        for place, is_sample in places
        if place.is_dir()
        for path in sorted(place.iterdir())
        if path.is_dir() and not path.name.startswith(".")
    )


def find_run(run_id: str) -> Path:
    """Give the folder of a run by its id, or by a beginning of it that only one has.

    Raises:
        InputError: No run is called so, or several begin so.
    """
    folders = [path for path, _ in run_folders()]
    exact = [path for path in folders if path.name == run_id]
    found = exact or [path for path in folders if run_id and path.name.startswith(run_id)]
    if len(found) == 1:
        return found[0]
    own = [path for path, sample in run_folders() if not sample]
    known = ", ".join(path.name for path in (found or own)[-5:]) or "there is none of yours yet"
    raise InputError("run", expected=f"the id of one run ({known})", came=repr(run_id[:60]),
                     do="List the runs and copy an id")  # fmt: skip


def read_config(folder: Path) -> RunConfig:
    """Read what a run was asked to do.

    Raises:
        InputError: The file is not there or not readable.
    """
    told = read_json(folder / CONFIG)
    try:
        return RunConfig(
            str(told["experiment"]), dict(told["config"]), float(told.get("created_s", 0.0))
        )
    except (KeyError, TypeError, ValueError) as error:
        raise unreadable(folder / CONFIG, "other content") from error


def read_meta(folder: Path) -> Meta:
    """Read what a person calls a run.

    Raises:
        InputError: The file is not there or not readable.
    """
    told = read_json(folder / META)
    texts = {key: told.get(key, "") for key in ("name", "note", "group")}
    tags = told.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(text, str) for text in texts.values()):
        raise unreadable(folder / META, "other content")
    seen = read_seen(told.get("acknowledged", {}))
    is_archived = told.get("archived") is True
    return Meta(tags=_clean_tags(tags), archived=is_archived, acknowledged=seen, **texts)


def edit_meta(
    folder: Path,
    *,
    name: str | None = None,
    tags: Iterable[str] | None = None,
    note: str | None = None,
    archived: bool | None = None,
    acknowledged: Mapping[str, Seen] | None = None,
) -> Meta:
    """Change name, tags, note, the mark of the archive or acknowledged findings; None stays.

    Raises:
        InputError: The run is a sample, or its meta.json is not readable.
        UnavailableError: The disk is full or cannot be written.
    """
    if is_sample(folder):
        raise InputError(folder.name, expected="a run of yours", came="a sample, which stays as "
                         "it is", do="Start a run of your own")  # fmt: skip
    meta = read_meta(folder)
    changes = {
        "name": None if name is None else name.strip()[:NAME_LETTERS],
        "tags": None if tags is None else _clean_tags(tags),
        "note": note,
        "archived": archived,
        "acknowledged": None if acknowledged is None else dict(acknowledged),
    }
    meta = replace(meta, **{key: value for key, value in changes.items() if value is not None})
    write_atomically(folder / META, _to_json(asdict(meta)))
    return meta


def _clean_tags(tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(tag.strip() for tag in map(str, tags) if tag.strip()))


def is_sample(folder: Path) -> bool:
    """Say whether a run is one of those that come with the repository."""
    return folder.resolve().parent == SAMPLE_RUNS.resolve()


def list_checkpoints(folder: Path) -> tuple[CheckpointFile, ...]:
    """List the files below checkpoints/, by name; does not open them."""
    place = folder / CHECKPOINTS
    paths = sorted(place.iterdir()) if place.is_dir() else []
    stats = [(path, path.stat()) for path in paths if path.is_file()]
    return tuple(CheckpointFile(path, stat.st_size, stat.st_mtime) for path, stat in stats)


def folder_bytes(folder: Path) -> int:
    """Sum the sizes of all files of a run; one that vanishes meanwhile counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(place, name).lstat().st_size
    return total


def _to_json(value: Mapping[str, object]) -> bytes:
    try:
        return json.dumps(value, indent=1).encode()
    except (TypeError, ValueError) as error:
        raise InputError("configuration", expected="plain values (text, numbers, lists)",
                         came=str(error)[:80], do="Convert it before the run starts"
                         ) from error  # fmt: skip
