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
    """Say whether all files are there in their right size; the checksum was verified by fetch."""
    folder = dataset_folder(dataset)
    paths = [(folder / file.name, file.size_bytes) for file in dataset.files]
    return all(path.is_file() and path.stat().st_size == size for path, size in paths)


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
    """Fetch what is missing of a data set and verify every checksum.

    A file is written under another name and moved into place when its checksum fits, so that an
    interrupted fetch leaves whole files or none.

    Args:
        dataset: Of the catalogue.
        progress: Told the bytes done and the bytes in all; what it raises cancels the fetch.
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
        report = _reporter(progress, done, dataset.size_bytes)
        paths[file.name] = _fetch_file(file, address(dataset, file, base_url), folder, report)
        done += file.size_bytes
        report(file.size_bytes)
    return paths


def _reporter(progress: Progress | None, before: int, total: int) -> Callable[[int], None]:
    def report(done: int) -> None:
        if progress is not None:
            progress(before + done, total)

    return report


def _fetch_file(file: DatasetFile, url: str, folder: Path, report: Callable[[int], None]) -> Path:
    path = folder / file.name
    try:
        pooch.retrieve(
            url,
            known_hash=f"sha256:{file.sha256}",
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
            expected=f"a file with SHA-256 {file.sha256[:12]}... ({file.size_bytes:,} bytes)",
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
                if done > file.size_bytes:
                    raise ValueError("more bytes than the catalogue says")
                target.write(chunk)
                report(done)

    return download


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
