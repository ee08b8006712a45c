"""Structures of the Protein Data Bank by identifier: fetched on request, checked, kept."""

import gzip
import os
import re
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import requests

from core.errors import InputError, UnavailableError
from core.home import home, home_folder

BASE_VARIABLE: Final = "LOSSOSCOPE_PDB"
PUBLIC: Final = "https://files.rcsb.org/download"
TIMEOUT_S: Final = (10, 30)  # to connect, and between two pieces
CHUNK_BYTES: Final = 1 << 16
MAX_BYTES: Final = 512 << 20  # compressed; the largest entries have 100 MB
STRAY_AFTER_S: Final = 3_600  # a part of a download that a killed process left behind
FOLDER: Final = "pdb"
NOT_FOUND: Final = 404
_SHORT: Final = re.compile(r"[1-9][a-z0-9]{3}")
_LONG: Final = re.compile(r"pdb_[a-z0-9]{8}")
_FILLED: Final = "pdb_0000"  # how the long form of a short identifier begins

Progress = Callable[[int, int], None]


def entry_id(text: str) -> str:
    """Read an identifier of the archive: four signs, or pdb_ and eight.

    Raises:
        InputError: It is none.

    Example:
        >>> entry_id(" 1aki "), entry_id("pdb_00001aki"), entry_id("pdb_12345678")
        ('1AKI', '1AKI', 'pdb_12345678')
    """
    name = text.strip().lower()
    if _LONG.fullmatch(name):
        if not name.startswith(_FILLED):
            return name
        name = name.removeprefix(_FILLED)
    if not _SHORT.fullmatch(name):
        raise InputError(
            "PDB identifier",
            expected="a digit from 1 to 9 and three letters or digits, as 1AKI, or pdb_00001aki",
            came=f"'{text[:40]}'",
            do="Look the entry up at rcsb.org",
        )
    return name.upper()


def entry_path(pdb_id: str) -> Path:
    """Give the file of an entry below the state folder, whether it is there or not."""
    return home() / FOLDER / f"{entry_id(pdb_id)}.cif.gz"


def entry_address(pdb_id: str, base_url: str | None = None) -> str:
    """Give the address that an entry is fetched from.

    Args:
        pdb_id: See `entry_id`.
        base_url: A mirror that serves `<base>/<identifier>.cif.gz`; where None the environment
            variable LOSSOSCOPE_PDB, and where that is not set the public archive.
    """
    base = base_url or os.environ.get(BASE_VARIABLE) or PUBLIC
    return f"{base.rstrip('/')}/{entry_id(pdb_id)}.cif.gz"


def fetch_entry(
    pdb_id: str, *, progress: Progress | None = None, base_url: str | None = None
) -> Path:
    """Fetch an entry as gzip'd mmCIF, in which every entry is there; what is there stays.

    A file is written under another name and moved into place when it is whole. Does not ask
    whether the archive has a newer revision.

    Args:
        pdb_id: See `entry_id`.
        progress: Told the bytes done and in all, which are those done where the server does not
            say; what it raises cancels the fetch.
        base_url: See `entry_address`.

    Raises:
        InputError: No identifier, no such entry, or what came is no mmCIF.
        UnavailableError: The archive cannot be reached, or the file cannot be written.
    """
    path, url = entry_path(pdb_id), entry_address(pdb_id, base_url)
    if path.is_file():
        return path
    folder = home_folder(FOLDER)
    _sweep(folder)
    part = folder / f"{path.name}.{os.getpid()}.{time.monotonic_ns()}.part"
    try:
        _download(url, part, progress or (lambda _done, _total: None))
        _require_entry(part, url)
        part.replace(path)
    except requests.RequestException as error:
        raise _unavailable(url, error) from error
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written ({error.strerror or error}). Make room, or set "
            "LOSSOSCOPE_HOME to another folder."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _download(url: str, part: Path, progress: Progress) -> None:
    done = 0
    with requests.get(url, stream=True, timeout=TIMEOUT_S) as response, part.open("wb") as target:
        response.raise_for_status()
        promised = int(response.headers.get("Content-Length", 0))
        for chunk in response.iter_content(CHUNK_BYTES):
            done += len(chunk)
            if done > MAX_BYTES:
                raise _refused(url, f"more than {MAX_BYTES >> 20} MB")
            target.write(chunk)
            progress(done, max(promised, done))


def _require_entry(part: Path, url: str) -> None:
    """Read a file to its end, so that its checksum is looked at.

    A server may declare the archive's compression as that of the transport; then it is plain here.
    """
    try:
        with part.open("rb") as stream:
            is_plain = stream.read(5) == b"data_"
        if is_plain:
            return
        with gzip.open(part) as stream:
            is_entry = stream.read(5) == b"data_"
            while stream.read(CHUNK_BYTES):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise _refused(url, "a file of another kind, or one that breaks off") from error
    if not is_entry:
        raise _refused(url, "a file of another kind")


def _refused(url: str, came: str) -> InputError:
    return InputError(url, expected="a gzip'd mmCIF file", came=came,
                      do="It is removed; fetch again, or name another mirror")  # fmt: skip


def _unavailable(url: str, error: requests.RequestException) -> InputError | UnavailableError:
    if error.response is not None and error.response.status_code == NOT_FOUND:
        return InputError(
            url,
            expected="an entry of the Protein Data Bank",
            came="none of this identifier",
            do="Look the entry up at rcsb.org; a withdrawn one names its successor there",
        )
    return UnavailableError(
        f"{url} cannot be fetched ({_reason(error)}). Everything else works without it; try "
        f"again with a network, upload the file, or set {BASE_VARIABLE} to a mirror."
    )


def _reason(error: requests.RequestException) -> str:
    """Say in a few words why a request failed; the exception's own text names sockets."""
    if error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError | requests.exceptions.ChunkedEncodingError):
        return "no connection, or one that broke off"
    return type(error).__name__


def _sweep(folder: Path) -> None:
    """Delete old parts of downloads; young ones may belong to another session."""
    for path in folder.glob("*.part"):
        try:
            if time.time() - path.stat().st_mtime > STRAY_AFTER_S:
                path.unlink(missing_ok=True)
        except FileNotFoundError:
            continue  # another session was quicker
