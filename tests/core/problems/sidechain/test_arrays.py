"""Predictions as arrays: names, shapes, masks, and what is refused."""

import io
from pathlib import Path

import h5py
import numpy as np
import pytest

from core.errors import InputError
from core.problems.sidechain.atoms import EXISTS14, RESIDUES, to_atom37
from core.problems.sidechain.reading import array_files
from core.problems.sidechain.reading.arrays import NAMES, read_arrays
from tests.core.problems.sidechain.made import residues_of

LETTERS = "ARNDCQEGHILKMFPSTWYV"
TYPE = np.arange(20)
COORD = residues_of(LETTERS).coord
NATIVE = residues_of(LETTERS, seed=1).coord
FULL = np.nan_to_num(COORD, nan=9.0)


def save(path: Path, **arrays) -> Path:
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    else:
        with h5py.File(path, "w") as file:
            for name, array in arrays.items():
                text = isinstance(array, str)
                file.create_dataset(name, data=array if text else np.asarray(array))
    return path


@pytest.fixture(params=[".npz", ".h5"])
def path(request, tmp_path: Path) -> Path:
    return tmp_path / f"pred{request.param}"


def test_coordinates_and_types_are_read(path: Path):
    read = read_arrays(save(path, coord=COORD.astype(np.float64), type=TYPE))
    np.testing.assert_array_equal(read.predicted.coord, COORD)
    assert read.predicted.coord.dtype == np.float32
    assert read.predicted.sequence == LETTERS
    assert read.predicted.number.tolist() == list(range(1, 21))
    assert read.predicted.origin == path.name
    assert read.predicted.notes == ()
    assert np.isnan(read.predicted.b_factor).all()
    assert read.native is None


def test_letters_will_do_for_types(path: Path):
    assert read_arrays(save(path, coord=COORD, sequence=LETTERS)).predicted.sequence == LETTERS


@pytest.mark.parametrize("words", [list(LETTERS), RESIDUES], ids=["letters", "three letters"])
def test_an_array_of_words_will_do_too(words, tmp_path: Path):
    path = save(tmp_path / "a.npz", coord=COORD, seq=np.array(words))
    assert read_arrays(path).predicted.sequence == LETTERS


def test_37_slots_become_14_with_cb_and_o_in_their_places(path: Path):
    read = read_arrays(
        save(path, atom37=to_atom37(COORD, TYPE), aatype=TYPE, native=to_atom37(NATIVE, TYPE))
    )
    np.testing.assert_array_equal(read.predicted.coord, COORD)
    assert read.native is not None
    np.testing.assert_array_equal(read.native.coord, NATIVE)


def test_what_a_type_does_not_have_is_absent_whatever_stands_there(path: Path):
    read = read_arrays(save(path, coord=FULL, type=TYPE))
    np.testing.assert_array_equal(read.predicted.mask, EXISTS14)


def test_a_mask_says_which_native_atoms_are_known(path: Path):
    mask = EXISTS14.copy()
    mask[3, 5:] = False
    read = read_arrays(save(path, coord=COORD, native_coord=FULL, type=TYPE, mask=mask))
    assert read.native is not None
    np.testing.assert_array_equal(read.native.mask, mask)
    np.testing.assert_array_equal(read.predicted.mask, EXISTS14)
    alone = read_arrays(save(path, coord=FULL, type=TYPE, mask=mask.astype(np.float32)))
    np.testing.assert_array_equal(alone.predicted.mask, mask)


def test_a_mask_of_37_slots_is_moved_like_coordinates(path: Path):
    mask = np.isfinite(to_atom37(COORD, TYPE)).all(axis=2)
    mask[:, 3] = False  # CB
    read = read_arrays(save(path, coord=COORD, type=TYPE, atom37_mask=mask))
    assert not read.predicted.mask[:, 4].any()
    assert read.predicted.mask[:, 3].all()


def test_native_atoms_at_the_origin_are_absent_and_predicted_ones_are_not(path: Path):
    """A trainer writes 0 for what is not there; a model may predict it, and CA is there."""
    zeros = np.zeros((20, 14, 3), dtype=np.float32)
    native = NATIVE.copy()
    native[:, 1], native[2, 5:] = 0, 0
    read = read_arrays(save(path, coord=zeros, native_coord=native, type=TYPE))
    assert read.native is not None
    assert read.native.mask[:, 1].all()
    assert not read.native.mask[2, 5:].any()
    np.testing.assert_array_equal(read.predicted.mask, EXISTS14)


@pytest.mark.parametrize("shape", [(20,), (20, 14), (20, 37)])
def test_plddt_stands_where_files_of_structures_have_it(shape: tuple[int, ...], path: Path):
    plddt = np.broadcast_to(np.arange(20.0).reshape(20, *[1] * (len(shape) - 1)), shape)
    read = read_arrays(save(path, coord=COORD, type=TYPE, plddt=plddt))
    assert read.predicted.b_factor[7, 1] == 7


@pytest.mark.parametrize("unknown", [-1, 20])
def test_residues_of_unknown_type_are_left_out_and_counted(unknown: int, path: Path):
    type = TYPE.copy()
    type[4] = unknown
    read = read_arrays(save(path, coord=COORD, native_coord=NATIVE, type=type, plddt=np.ones(20)))
    assert read.predicted.sequence == LETTERS.replace("C", "")
    assert read.predicted.number.tolist() == [n for n in range(1, 21) if n != 5]
    assert read.native is not None
    np.testing.assert_array_equal(read.native.coord, np.delete(NATIVE, 4, 0))
    assert read.predicted.notes == ("residues of unknown type left out: 1",)
    letters = read_arrays(save(path, coord=COORD, sequence=LETTERS.replace("C", "X")))
    assert letters.predicted.sequence == LETTERS.replace("C", "")


def test_other_arrays_are_named_and_not_read(tmp_path: Path):
    path = save(tmp_path / "a.npz", coord=COORD, type=TYPE, logits=np.zeros((20, 20)), epoch=[3])
    assert read_arrays(path).predicted.notes == ("arrays not used: logits, epoch",)
    path = tmp_path / "b.npz"
    np.savez(path, coord=COORD, type=TYPE, history=np.array([{"a": 1}], dtype=object))
    assert read_arrays(path).predicted.notes == ("arrays not used: history",)


def test_names_of_two_roles_do_not_overlap():
    names = [name for names in NAMES.values() for name in names]
    assert len(names) == len(set(names))
    assert all(role == names[0] for role, names in NAMES.items())


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"type": TYPE}, "expected arrays coord and type or sequence, came type"),
        ({"coord": COORD}, "expected arrays coord and type or sequence, came coord"),
        ({"x": TYPE}, "came none of these names"),
        ({"coord": COORD, "positions": COORD, "type": TYPE}, "one array of coord, came coord and"),
        ({"coord": COORD[None], "type": TYPE}, r"14 or 37, 3\).* shape \(1, 20, 14, 3\)"),
        ({"coord": COORD[:, :5], "type": TYPE}, r"shape \(20, 5, 3\)"),
        ({"coord": COORD[:19], "type": TYPE}, r"\(20, 14 or 37, 3\), one row .* \(19, 14, 3\)"),
        ({"coord": COORD, "type": TYPE[:, None]}, "a whole number for each residue"),
        ({"coord": COORD, "type": TYPE + 0.5}, "a whole number for each residue"),
        ({"coord": COORD, "type": TYPE + 5}, "0 to 19 in the order of ARND.* came 5 to 24"),
        ({"coord": COORD, "type": TYPE - 3}, "came -3 to 16"),
        ({"coord": COORD, "sequence": LETTERS[:10]}, r"\(10, 14 or 37, 3\)"),
        ({"coord": COORD, "sequence": TYPE}, "expected letters"),
        ({"coord": COORD, "type": TYPE, "mask": EXISTS14[:, :5]}, r"mask: .* shape \(20, 5\)"),
        ({"coord": COORD.astype(complex), "type": TYPE}, "expected numbers, came complex"),
        ({"coord": COORD[:0], "type": TYPE[:0]}, "residues of known type, came none"),
        ({"coord": COORD, "sequence": "X" * 20}, "residues of known type, came none"),
    ],
)
def test_what_does_not_fit_is_refused(arrays: dict, message: str, path: Path):
    with pytest.raises(InputError, match=message):
        read_arrays(save(path, **arrays))


class Trap:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self):
        return Path.touch, (self.trace,)


def test_pickled_objects_are_refused_and_never_opened(tmp_path: Path):
    trace = tmp_path / "trace"
    for name in ("coord", "type"):
        arrays = {"coord": COORD, "type": TYPE} | {name: np.array([Trap(trace)], dtype=object)}
        np.savez(tmp_path / "trap.npz", **arrays)
        with pytest.raises(InputError, match=rf"array {name}: .* came pickled objects"):
            read_arrays(tmp_path / "trap.npz")
    assert not trace.exists()


def test_lists_of_other_lengths_in_hdf5_are_refused(tmp_path: Path):
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("coord", data=COORD)
        ragged = file.create_dataset("type", (2,), dtype=h5py.vlen_dtype(np.int64))
        ragged[0] = [1, 2]
    with pytest.raises(InputError, match="array type: expected numbers or text"):
        read_arrays(tmp_path / "a.h5")


def single() -> bytes:
    stream = io.BytesIO()
    np.save(stream, COORD)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "came an empty file"),
        (single(), "a single .npy has no names"),
        (b"PK\x03\x04 and no more", "breaks off or is damaged"),
        (b"\x89HDF\r\n\x1a\n and no more", "breaks off or is damaged"),
        (b"ATOM      1  N   ALA A   1", "came another format"),
    ],
)
def test_other_files_say_what_they_are(content: bytes, message: str, tmp_path: Path):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_arrays(tmp_path / "a.npz")


def test_a_file_that_breaks_off_is_refused(path: Path):
    save(path, coord=COORD, type=TYPE)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError, match="breaks off"):
        read_arrays(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match=r"gone\.npz: expected a readable file"):
        read_arrays(tmp_path / "gone.npz")


def test_an_array_that_would_fill_the_memory_is_refused(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(array_files, "MAX_BYTES", 1000)
    with pytest.raises(InputError, match="array coord: expected at most 0 MB"):
        read_arrays(save(path, coord=COORD, type=TYPE))
