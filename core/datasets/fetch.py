"""Fetching a data set of the catalogue: on request, checked, cached below the state folder."""

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Final

import pooch
import requests

from core.datasets.catalogue import Dataset, DatasetFile
from core.errors import InputError, UnavailableError
from core.home import home, home_folder

BASE_VARIABLE: Final = "LOSSOSCOPE_CATALOGUE"
TIMEOUT_S: Final = (10, 30)  # to connect, and between two pieces
CHUNK_BYTES: Final = 1 << 16
STRAY_AFTER_S: Final = 3_600  # a part of a download that a killed process left behind
FOLDER: Final = "datasets"

Progress = Callable[[int, int], None]


def dataset_folder(dataset: Dataset) -> Path:
    """Give the folder of a data set; does not create it."""
    return home() / FOLDER / dataset.name


def is_fetched(dataset: Dataset) -> bool:
    """Say whether all files are there in a size they can have; fetch has verified the content."""
    folder = dataset_folder(dataset)
    return all(_has_size(folder / file.name, file) for file in dataset.files)


def remove(dataset: Dataset) -> None:
    """Delete the files of a data set; nothing happens where there are none."""
    shutil.rmtree(dataset_folder(dataset), ignore_errors=True)


def address(dataset: Dataset, file: DatasetFile, base_url: str | None = None) -> str:
    """Give the address that a file is fetched from.

    Args:
        dataset: Of the catalogue.
        file: Of the data set.
        base_url: A mirror that serves `<base>/<data set>/<file>`; where None the environment
            variable LOSSOSCOPE_CATALOGUE, and where that is not set the public address.
    """
    base = base_url or os.environ.get(BASE_VARIABLE)
    return f"{base.rstrip('/')}/{dataset.name}/{file.name}" if base else file.url


def fetch(
    dataset: Dataset, *, progress: Progress | None = None, base_url: str | None = None
) -> dict[str, Path]:
    """Fetch what is missing of a data set and verify every checksum, or length where none is known.

    A file is written under another name and moved into place when it is verified, so that an
    interrupted fetch leaves whole files or none.

    Args:
        dataset: Of the catalogue.
        progress: Told the bytes done and the bytes in all, `least_bytes` of the data set; what it
            raises cancels the fetch.
        base_url: See `address`.

    Returns:
        The path of each file by its name.

    Raises:
        UnavailableError: An address cannot be reached or has no such file.
        InputError: What came is not the file that the catalogue describes.
    """
    folder = home_folder(FOLDER, dataset.name)
    _sweep(folder, dataset)
    pooch.get_logger().setLevel("ERROR")  # it reports every download on standard error
    paths: dict[str, Path] = {}
    done = 0
    for file in dataset.files:
        report = _reporter(progress, done, done + file.least_bytes, dataset.least_bytes)
        paths[file.name] = _fetch_file(file, address(dataset, file, base_url), folder, report)
        done += file.least_bytes
        report(file.least_bytes)
    return paths


def _reporter(
    progress: Progress | None, before: int, most: int, total: int
) -> Callable[[int], None]:
    def report(done: int) -> None:
        if progress is not None:
            progress(min(before + done, most), total)  # a size not known may be above the least

    return report


def _fetch_file(file: DatasetFile, url: str, folder: Path, report: Callable[[int], None]) -> Path:
    path = folder / file.name
    try:
        if not file.sha256 and not _has_length(path, file):
            path.unlink(missing_ok=True)  # pooch would take what is there as it is
        pooch.retrieve(
            url,
            known_hash=f"sha256:{file.sha256}" if file.sha256 else None,
            fname=file.name,
            path=folder,
            downloader=_downloader(file, report),
        )
    except requests.RequestException as error:
        raise UnavailableError(
            f"{url} cannot be fetched ({_reason(error)}). Everything else works without it; try "
            f"again with a network, or set {BASE_VARIABLE} to a mirror."
        ) from error
    except ValueError as error:  # pooch's word for a checksum that differs
        path.unlink(missing_ok=True)
        raise InputError(
            url,
            expected=_expected(file),
            came="another content",
            do="It is removed; fetch again, and if that fails, the address serves another file",
        ) from error
    except OSError as error:
        raise UnavailableError(
            f"{path} cannot be written ({error.strerror or error}). Make room, or set "
            "LOSSOSCOPE_HOME to another folder."
        ) from error
    return path


def _downloader(file: DatasetFile, report: Callable[[int], None]) -> Callable[..., None]:
    def download(url: str, output: str | BinaryIO, _pooch: Any = None) -> None:
        done = 0
        with (
            requests.get(url, stream=True, timeout=TIMEOUT_S) as response,
            Path(str(output)).open("wb") as target,
        ):
            response.raise_for_status()
            for chunk in response.iter_content(CHUNK_BYTES):
                done += len(chunk)
                if done > file.most_bytes:
                    raise ValueError("more bytes than the catalogue says")
                target.write(chunk)
                report(done)
        if not file.sha256 and not _has_length(Path(str(output)), file):
            raise ValueError("another length than the catalogue says")

    return download


def _has_size(path: Path, file: DatasetFile) -> bool:
    return path.is_file() and file.least_bytes <= path.stat().st_size <= file.most_bytes


def _has_length(path: Path, file: DatasetFile) -> bool:
    """Say whether a text has as many characters as the catalogue says."""
    if not _has_size(path, file):  # so that no giant is read
        return False
    try:
        return len(path.read_text(encoding="utf-8")) == file.characters
    except UnicodeDecodeError:
        return False


def _expected(file: DatasetFile) -> str:
    if file.sha256:
        return f"a file with SHA-256 {file.sha256[:12]}... ({file.most_bytes:,} bytes)"
    return f"a text of {file.characters:,} characters in UTF-8"


def _reason(error: requests.RequestException) -> str:
    """Say in a few words why a request failed; the exception's own text names sockets."""
    if error.response is not None:
        return f"the server answered {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__


def _sweep(folder: Path, dataset: Dataset) -> None:
    """Delete old parts of downloads; young ones may belong to another session."""
    known = {file.name for file in dataset.files}
    for path in folder.iterdir():
        old = time.time() - path.stat().st_mtime > STRAY_AFTER_S
        if path.is_file() and path.name not in known and old:
            path.unlink(missing_ok=True)
