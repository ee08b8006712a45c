from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.follow.tail import Piece, Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def tail(path: Path) -> Iterator[Tail]:
    with closing(Tail(path)) as tail:
        yield tail


def test_each_look_gives_what_was_gained(path: Path, tail: Tail):
    assert tail.read() == []
    assert not tail.is_there
    path.write_bytes(b"")
    assert tail.read() == []
    assert tail.is_there
    with path.open("ab", buffering=0) as file:
        for part in (b"one", b"\n", b"two"):
            file.write(part)
            assert tail.read() == [Piece(part)]
            assert tail.read() == []


def test_a_rotated_file_is_read_to_its_end_before_the_new_one(path: Path, tail: Tail):
    path.write_bytes(b"one\n")
    tail.read()
    with path.open("ab") as file:
        file.write(b"two\n")
    path.rename(path.with_suffix(".1"))
    assert tail.read() == [Piece(b"two\n")]
    path.write_bytes(b"three\n")
    assert tail.read() == [Piece(b"three\n", "another file has taken its name")]
    assert tail.read() == []


def test_what_the_old_file_gained_after_the_rotation_is_read_too(path: Path, tail: Tail):
    with path.open("ab", buffering=0) as file:
        file.write(b"one\n")
        tail.read()
        path.rename(path.with_suffix(".1"))
        path.write_bytes(b"new\n")
        file.write(b"two\n")
        assert tail.read() == [Piece(b"two\n")]
        assert tail.read() == [Piece(b"new\n", "another file has taken its name")]


def test_a_file_that_is_gone_may_come_back(path: Path, tail: Tail):
    path.write_bytes(b"one\n")
    tail.read()
    path.unlink()
    assert tail.read() == []
    path.write_bytes(b"other\n")
    assert tail.read() == [Piece(b"other\n", "another file has taken its name")]


def test_a_cut_file_is_read_again_at_the_second_look(path: Path, tail: Tail):
    path.write_bytes(b"one\ntwo\n")
    tail.read()
    with path.open("r+b") as file:
        file.truncate(4)
    assert tail.read() == []
    assert tail.read() == [Piece(b"one\n", "it was cut from 8 bytes to 4")]
    assert tail.read() == []


def test_a_file_cut_and_filled_with_other_content_is_noticed(path: Path, tail: Tail):
    path.write_bytes(b"one\n")
    tail.read()
    path.write_bytes(b"other content\n")
    assert tail.read() == [Piece(b"other content\n", "it was written anew")]
    path.write_bytes(b"other CONTENT\n")
    assert tail.read() == [Piece(b"other CONTENT\n", "it was written anew")]


@pytest.mark.parametrize("how", ["in place", "replaced", "removed first"])
def test_a_file_written_anew_with_the_same_beginning_goes_on(path: Path, tail: Tail, how: str):
    path.write_bytes(b"one\n")
    tail.read()
    if how == "in place":
        with path.open("wb", buffering=0) as file:
            assert tail.read() == []  # at this moment it is empty
            file.write(b"one\ntwo\n")
    elif how == "replaced":
        other = path.with_suffix(".new")
        other.write_bytes(b"one\ntwo\n")
        other.replace(path)
    else:
        path.unlink()
        path.write_bytes(b"one\ntwo\n")
    assert tail.read() == [Piece(b"two\n")]


def test_another_file_with_the_same_ends_is_another_file(path: Path, tail: Tail):
    old = b"head" * 50 + b"1" + b"tail" * 50
    path.write_bytes(old)
    tail.read()
    other = path.with_suffix(".new")
    other.write_bytes(old.replace(b"1", b"2") + b"more")
    other.replace(path)
    (piece,) = tail.read()
    assert piece.restart == "another file has taken its name"


def test_nothing_is_kept_open_but_one_file(path: Path, tail: Tail):
    places = Path("/proc/self/fd")
    if not places.is_dir():
        pytest.skip("no /proc here")
    before = len(list(places.iterdir()))
    for number in range(20):
        other = path.with_suffix(".new")
        other.write_bytes(b"%d" % number)
        other.replace(path)
        tail.read()
    assert len(list(places.iterdir())) == before + 1
    tail.close()
    assert len(list(places.iterdir())) == before


@given(st.lists(st.tuples(st.sampled_from(["add", "look"]), st.binary(max_size=200)), max_size=20))
@settings(max_examples=40, deadline=None)
def test_however_it_grows_all_bytes_come_out_once(tmp_path_factory: pytest.TempPathFactory, acts):
    path = tmp_path_factory.mktemp("tail") / "log"
    tail, read, written = Tail(path), b"", b""
    with path.open("ab", buffering=0) as file:
        for act, content in [*acts, ("look", b"")]:
            if act == "add":
                file.write(content)
                written += content
            else:
                read += b"".join(piece.content for piece in tail.read())
    tail.close()
    assert read == written
