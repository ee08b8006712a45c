"""Entries of the archive from a server on this machine."""

import gzip
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.datasets import pdb
from core.datasets.pdb import BASE_VARIABLE, entry_address, entry_id, entry_path, fetch_entry
from core.errors import InputError, UnavailableError
from core.problems.sidechain.reading.structures import read_residues
from tests.core.datasets.serving import Broken, Quiet, serving
from tests.core.problems.sidechain.made import chain_of, write


class Declaring(Quiet):
    """Declares the archive's compression as that of the transport."""

    def end_headers(self) -> None:
        self.send_header("Content-Encoding", "gzip")
        super().end_headers()


class Failing(Quiet):
    def do_GET(self) -> None:  # noqa: N802 - the name that http.server calls
        self.send_error(503)


@pytest.fixture
def served(tmp_path: Path) -> Path:
    """An archive of one entry of our own."""
    Quiet.asked.clear()
    folder = tmp_path / "served"
    folder.mkdir()
    write(chain_of("AWKE" * 50), folder / "1ABC.cif.gz")
    return folder


@pytest.fixture
def mirror(served: Path) -> Iterator[str]:
    with serving(served) as base:
        yield base


def left() -> list[str]:
    folder = entry_path("1ABC").parent
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_an_entry_is_fetched_kept_and_readable(mirror: str, served: Path, state_folder: Path):
    steps: list[tuple[int, int]] = []
    path = fetch_entry(" 1abc", base_url=mirror, progress=lambda *step: steps.append(step))
    assert path == entry_path("1ABC")
    assert path.is_relative_to(state_folder)
    assert path.read_bytes() == (served / "1ABC.cif.gz").read_bytes()
    assert read_residues(path).sequence == "AWKE" * 50
    assert steps[-1] == (path.stat().st_size,) * 2
    assert left() == ["1ABC.cif.gz"]
    assert fetch_entry("1ABC", base_url="http://127.0.0.1:9") == path, "it is not fetched again"
    assert len(Quiet.asked) == 1


def test_the_variable_redirects_and_an_argument_wins(mirror: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv(BASE_VARIABLE, raising=False)
    assert entry_address("1abc") == "https://files.rcsb.org/download/1ABC.cif.gz"
    monkeypatch.setenv(BASE_VARIABLE, mirror + "/")
    assert entry_address("1abc") == f"{mirror}/1ABC.cif.gz"
    assert entry_address("1abc", "http://other") == "http://other/1ABC.cif.gz"
    assert fetch_entry("1abc").is_file()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1aki", "1AKI"),
        ("9ZZZ", "9ZZZ"),
        ("PDB_00001AKI", "1AKI"),
        ("pdb_1000ABCD", "pdb_1000abcd"),
    ],
)
def test_identifiers_of_both_lengths_are_read(text: str, name: str):
    assert entry_id(text) == name


@pytest.mark.parametrize(
    "text", ["", "1ak", "aaki", "0aki", "1akix", "../1a", "1a/i", "pdb_1", "1ÄKI", "pdb_0000aaki"]
)
def test_what_is_no_identifier_is_refused_before_anything_is_asked(text: str, mirror: str):
    with pytest.raises(InputError, match="PDB identifier: expected a digit from 1 to 9"):
        fetch_entry(text, base_url=mirror)
    assert Quiet.asked == []
    assert left() == []


def test_an_entry_that_is_not_there_is_the_users_business(mirror: str):
    with pytest.raises(InputError, match=r"2XYZ\.cif\.gz: expected an entry .* came none of this"):
        fetch_entry("2xyz", base_url=mirror)
    assert left() == []


def test_without_a_network_the_message_says_what_still_works():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(UnavailableError) as caught:
        fetch_entry("1abc", base_url=base)
    assert str(caught.value) == (
        f"{base}/1ABC.cif.gz cannot be fetched (no connection, or one that broke off). Everything "
        f"else works without it; try again with a network, upload the file, or set {BASE_VARIABLE} "
        "to a mirror."
    )
    assert left() == []


def test_a_server_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdb, "TIMEOUT_S", (0.2, 0.2))
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(UnavailableError, match="no answer in time"):
            fetch_entry("1abc", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}")


@pytest.mark.parametrize(("handler", "reason"), [(Broken, "broke off"), (Failing, "answered 503")])
def test_a_server_in_trouble_leaves_nothing_half(handler, reason: str, served: Path):
    with serving(served, handler) as base, pytest.raises(UnavailableError, match=reason):
        fetch_entry("1abc", base_url=base)
    assert left() == []


def test_a_server_that_unpacks_on_the_way_serves_the_same_entry(served: Path):
    with serving(served, Declaring) as base:
        assert read_residues(fetch_entry("1abc", base_url=base)).sequence == "AWKE" * 50


@pytest.mark.parametrize(
    ("content", "came"),
    [
        (b"<html>a portal that asks for a password</html>", "a file of another kind"),
        (gzip.compress(b"HEADER    HYDROLASE"), "came a file of another kind\\."),
        (gzip.compress(os.urandom(5_000))[:-2_000], "one that breaks off"),
        (b"", "a file of another kind"),
    ],
    ids=["html", "another kind", "cut", "empty"],
)
def test_what_is_no_entry_is_refused_and_removed(
    content: bytes, came: str, served: Path, mirror: str
):
    (served / "1ABC.cif.gz").write_bytes(content)
    with pytest.raises(InputError, match=came):
        fetch_entry("1abc", base_url=mirror)
    assert left() == []


def test_a_giant_is_stopped(mirror: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pdb, "MAX_BYTES", 100)
    with pytest.raises(InputError, match="more than 0 MB"):
        fetch_entry("1abc", base_url=mirror)
    assert left() == []


def test_a_cancelled_fetch_leaves_nothing_half(mirror: str):
    class CancelledError(Exception):
        pass

    def cancel(_done: int, _total: int) -> None:
        raise CancelledError

    with pytest.raises(CancelledError):
        fetch_entry("1abc", base_url=mirror, progress=cancel)
    assert left() == []
    assert fetch_entry("1abc", base_url=mirror).is_file()


def test_old_parts_of_downloads_are_swept_and_young_ones_left(mirror: str):
    folder = entry_path("1ABC").parent
    folder.mkdir(parents=True)
    for name in ("old.part", "young.part"):
        (folder / name).write_text("half")
    long_ago = time.time() - 7_200
    os.utime(folder / "old.part", (long_ago, long_ago))
    fetch_entry("1abc", base_url=mirror)
    assert left() == ["1ABC.cif.gz", "young.part"]


def test_a_state_folder_that_cannot_be_written_is_said(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(tmp_path / "file"))
    with pytest.raises(UnavailableError, match="cannot be written"):
        fetch_entry("1abc", base_url=mirror)


def test_a_real_entry_is_fetched_from_a_mirror(shared_data: Path, tmp_path: Path):
    folder = tmp_path / "mirror"
    folder.mkdir()
    source = shared_data / "structures" / "biotite" / "1aki.cif.gz"
    (folder / "1AKI.cif.gz").symlink_to(source)
    with serving(folder) as base:
        assert len(read_residues(fetch_entry("1aki", base_url=base))) == 129
