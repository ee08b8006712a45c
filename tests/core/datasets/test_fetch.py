"""Fetching from a server on this machine: real files where they are, a synthetic twin always."""

import hashlib
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.datasets import fetch as fetching
from core.datasets.catalogue import (
    MASSIVEKB_500,
    PROTEIN_P2RANK,
    RNA_HARIBOSS,
    Dataset,
    DatasetFile,
)
from core.datasets.fetch import BASE_VARIABLE, address, dataset_folder, fetch, is_fetched, remove
from core.errors import InputError, UnavailableError
from tests.core.datasets.serving import Broken, serving

CONTENTS = {"a.mgf": b"BEGIN IONS\n" * 20_000, "a.peprec": b"spec_id modifications\n"}


@pytest.fixture
def twin(tmp_path: Path) -> Dataset:
    """A small data set of our own, and its files as a mirror would serve them."""
    folder = tmp_path / "served" / "twin"
    folder.mkdir(parents=True)
    files = []
    for name, data in CONTENTS.items():
        (folder / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        files.append(DatasetFile(name, f"http://127.0.0.1:9/{name}", len(data), digest))
    return Dataset("twin", "Twin", "For tests.", "none", "here", tuple(files))


@pytest.fixture
def mirror(tmp_path: Path, twin: Dataset) -> Iterator[str]:
    with serving(tmp_path / "served") as base:
        yield base


def left(dataset: Dataset) -> list[str]:
    folder = dataset_folder(dataset)
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_data_set_is_fetched_checked_and_cached(twin: Dataset, mirror: str, state_folder: Path):
    assert not is_fetched(twin)
    assert not state_folder.exists()
    seen: list[tuple[int, int]] = []
    paths = fetch(twin, base_url=mirror, progress=lambda done, total: seen.append((done, total)))
    assert {name: path.read_bytes() for name, path in paths.items()} == CONTENTS
    assert is_fetched(twin)
    assert left(twin) == sorted(CONTENTS)
    assert all(path.is_relative_to(state_folder) for path in paths.values())
    assert seen == sorted(seen)
    assert seen[-1] == (twin.size_bytes, twin.size_bytes)
    assert len(seen) > 4


def test_what_is_there_is_not_fetched_again(twin: Dataset, mirror: str):
    fetch(twin, base_url=mirror)
    assert fetch(twin, base_url="http://127.0.0.1:9") == fetch(twin)


def test_a_damaged_file_is_fetched_again(twin: Dataset, mirror: str):
    paths = fetch(twin, base_url=mirror)
    paths["a.mgf"].write_bytes(CONTENTS["a.mgf"][::-1])
    assert is_fetched(twin), "the cheap check looks at the size only"
    fetch(twin, base_url=mirror)
    assert paths["a.mgf"].read_bytes() == CONTENTS["a.mgf"]
    paths["a.mgf"].write_bytes(b"short")
    assert not is_fetched(twin)


def test_remove_leaves_nothing(twin: Dataset, mirror: str):
    fetch(twin, base_url=mirror)
    remove(twin)
    assert not dataset_folder(twin).exists()
    assert not is_fetched(twin)
    remove(twin)


def test_the_variable_redirects_and_an_argument_wins(
    twin: Dataset, mirror: str, monkeypatch: pytest.MonkeyPatch
):
    file = twin.files[0]
    assert address(twin, file) == file.url
    monkeypatch.setenv(BASE_VARIABLE, mirror + "/")
    assert address(twin, file) == f"{mirror}/twin/a.mgf"
    assert address(twin, file, "http://other") == "http://other/twin/a.mgf"
    fetch(twin)
    assert is_fetched(twin)


def test_another_content_is_refused_and_removed(twin: Dataset, mirror: str):
    wrong = replace(twin.files[0], sha256="0" * 64)
    other = replace(twin, files=(twin.files[1], wrong))
    with pytest.raises(InputError, match=r"a.mgf: expected a file with SHA-256 000000000000"):
        fetch(other, base_url=mirror)
    assert left(other) == ["a.peprec"]
    (dataset_folder(other) / "a.mgf").write_bytes(CONTENTS["a.mgf"])
    with pytest.raises(InputError, match="another content"):
        fetch(other, base_url=mirror)
    assert left(other) == ["a.peprec"]


def test_more_bytes_than_promised_are_refused_early(twin: Dataset, mirror: str):
    small = replace(twin.files[0], size_bytes=100)
    with pytest.raises(InputError, match="100 bytes"):
        fetch(replace(twin, files=(small,)), base_url=mirror)
    assert left(twin) == []


TEXT = "CID\tSMILES\tdescription\n1\tO\tboils at 100 \u2103\n" * 4_000


@pytest.fixture
def unsummed(tmp_path: Path, twin: Dataset) -> Dataset:
    """A text of known length, without a checksum, of more bytes than characters."""
    (tmp_path / "served" / "twin" / "a.txt").write_bytes(TEXT.encode())
    file = DatasetFile("a.txt", "http://127.0.0.1:9/a.txt", None, "", characters=len(TEXT))
    return replace(twin, files=(file, twin.files[1]))


def serve(folder: Path, data: bytes) -> None:
    (folder / "served" / "twin" / "a.txt").write_bytes(data)


def test_a_file_without_a_checksum_is_checked_by_its_length(unsummed: Dataset, mirror: str):
    seen: list[tuple[int, int]] = []
    assert not is_fetched(unsummed)
    paths = fetch(unsummed, base_url=mirror, progress=lambda *step: seen.append(step))
    assert paths["a.txt"].read_bytes() == TEXT.encode()
    assert paths["a.txt"].stat().st_size > unsummed.files[0].least_bytes == len(TEXT)
    assert is_fetched(unsummed)
    assert seen == sorted(seen)
    assert seen[-1] == (unsummed.least_bytes, unsummed.least_bytes)
    assert {total for _, total in seen} == {len(TEXT) + unsummed.files[1].least_bytes}
    assert fetch(unsummed, base_url="http://127.0.0.1:9") == paths, "it is not fetched again"


def test_line_ends_of_another_system_do_not_change_the_length(
    unsummed: Dataset, mirror: str, tmp_path: Path
):
    serve(tmp_path, TEXT.replace("\n", "\r\n").encode())
    fetch(unsummed, base_url=mirror)
    assert is_fetched(unsummed)


@pytest.mark.parametrize(
    "data",
    [TEXT[:-1].encode(), (TEXT + "x").encode(), TEXT.encode("utf-16"), b"\xff" * len(TEXT), b""],
    ids=["shorter", "longer", "another encoding", "no text", "empty"],
)
def test_a_text_of_another_length_is_refused_and_removed(
    unsummed: Dataset, mirror: str, tmp_path: Path, data: bytes
):
    serve(tmp_path, data)
    with pytest.raises(InputError) as caught:
        fetch(unsummed, base_url=mirror)
    assert f"a.txt: expected a text of {len(TEXT):,} characters in UTF-8, came another content" in (
        str(caught.value)
    )
    assert left(unsummed) == []


def test_a_file_without_a_checksum_has_a_limit_too(unsummed: Dataset, mirror: str, tmp_path: Path):
    seen: list[int] = []
    serve(tmp_path, b"x" * (12 * len(TEXT)))
    with pytest.raises(InputError, match="characters in UTF-8"):
        fetch(unsummed, base_url=mirror, progress=lambda done, _: seen.append(done))
    assert len(seen) <= 4 * len(TEXT) / fetching.CHUNK_BYTES, "it is stopped, not read to its end"
    assert left(unsummed) == []


def test_a_damaged_file_without_a_checksum_is_fetched_again(unsummed: Dataset, mirror: str):
    path = fetch(unsummed, base_url=mirror)["a.txt"]
    for damaged in (TEXT[:-1].encode(), b"short", b"x" * (8 * len(TEXT))):
        path.write_bytes(damaged)
        fetch(unsummed, base_url=mirror)
        assert path.read_bytes() == TEXT.encode()
    path.write_bytes(TEXT[:100].encode())
    assert not is_fetched(unsummed)


def test_a_missing_file_names_the_address_and_the_answer(twin: Dataset, mirror: str):
    with pytest.raises(UnavailableError, match=r"/nowhere/twin/a.mgf .*server answered 404"):
        fetch(twin, base_url=f"{mirror}/nowhere")
    assert left(twin) == []


def test_without_a_network_the_message_says_what_still_works(twin: Dataset):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(UnavailableError) as caught:
        fetch(twin, base_url=base)
    assert str(caught.value) == (
        f"{base}/twin/a.mgf cannot be fetched (no connection). Everything else works without it; "
        f"try again with a network, or set {BASE_VARIABLE} to a mirror."
    )
    assert left(twin) == []


def test_a_server_that_does_not_answer_is_given_up(twin: Dataset, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "TIMEOUT_S", (0.2, 0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(UnavailableError, match="no answer in time"):
            fetch(twin, base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_a_broken_connection_leaves_nothing_half(twin: Dataset, tmp_path: Path):
    with serving(tmp_path / "served", Broken) as base, pytest.raises(UnavailableError):
        fetch(twin, base_url=base)
    assert left(twin) == []


def test_a_cancelled_fetch_leaves_nothing_half(twin: Dataset, mirror: str):
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        if done > total // 2:
            raise CancelledError

    with pytest.raises(CancelledError):
        fetch(twin, base_url=mirror, progress=cancel)
    assert left(twin) == []
    fetch(twin, base_url=mirror)
    assert is_fetched(twin)


def test_old_parts_of_downloads_are_swept_and_young_ones_left(twin: Dataset, mirror: str):
    folder = dataset_folder(twin)
    folder.mkdir(parents=True)
    for name in ("tmpold", "tmpyoung"):
        (folder / name).write_text("half")
    long_ago = time.time() - 7_200
    os.utime(folder / "tmpold", (long_ago, long_ago))
    fetch(twin, base_url=mirror)
    assert left(twin) == ["a.mgf", "a.peprec", "tmpyoung"]


def test_a_state_folder_that_cannot_be_written_is_said(
    twin: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(tmp_path / "file"))
    with pytest.raises(UnavailableError, match="cannot be written"):
        fetch(twin)


@pytest.mark.parametrize(
    ("dataset", "folder"),
    [(MASSIVEKB_500, "spectra"), (RNA_HARIBOSS, "pockets"), (PROTEIN_P2RANK, "pockets")],
    ids=lambda value: getattr(value, "name", value),
)
def test_the_real_files_are_fetched_from_a_mirror(dataset: Dataset, folder: str, shared_data: Path):
    with serving(shared_data / folder) as base:
        paths = fetch(dataset, base_url=base)
    assert is_fetched(dataset)
    assert paths.keys() == {file.name for file in dataset.files}
    assert sum(path.stat().st_size for path in paths.values()) == dataset.size_bytes
