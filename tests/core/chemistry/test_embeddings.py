import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from core.chemistry.embeddings import check_scaling, read_targets, write_targets
from core.errors import InputError, UnavailableError

IDS = tuple(f"1abc_L{number:02}" for number in range(30))


def scored(rows=30, dim=16):
    drawn = np.random.default_rng(0).standard_normal((rows, dim))
    return (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)


VECTORS = scored()


@pytest.fixture
def write(tmp_path: Path):
    """Writes data sets by name; a dict is a group."""

    def written(**entries: object) -> Path:
        path = tmp_path / "targets.h5"
        with h5py.File(path, "w") as file:
            for name, entry in entries.items():
                if isinstance(entry, dict):
                    group = file.create_group(name)
                    for inner, value in entry.items():
                        group[inner] = value
                else:
                    file[name] = entry
        return path

    return written


def refused(path: Path, **options) -> InputError:
    with pytest.raises(InputError) as caught:
        read_targets(path, **options)
    assert caught.value.do
    return caught.value


def test_a_data_set_for_each_id_makes_the_round_trip(tmp_path: Path):
    path = tmp_path / "ligand_embeddings_256d.h5"
    write_targets(path, IDS[::-1], VECTORS[::-1])
    targets = read_targets(path, dimension=16)
    row = {name: index for index, name in enumerate(targets.ids)}
    assert set(row) == set(IDS)
    assert targets.dimension == 16
    for name, vector in zip(IDS, VECTORS, strict=True):
        assert np.array_equal(targets.vectors[row[name]], vector.astype(np.float32))
    assert targets.notes == ()
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
@pytest.mark.parametrize("names", [list(IDS), np.array(IDS, dtype="S20")], ids=["text", "bytes"])
def test_ids_and_embeddings_are_read_in_their_order(write, names, kind):
    targets = read_targets(write(ids=names, embeddings=VECTORS.astype(kind)))
    assert targets.ids == IDS
    assert np.array_equal(targets.vectors, VECTORS.astype(kind).astype(float))
    assert targets.notes == ()


def test_a_vector_may_lie_in_a_row_of_its_own_and_groups_beside_it_are_no_ids(write):
    targets = read_targets(write(a=VECTORS[:1], b=VECTORS[1], about={"lr": 0.1}))
    assert targets.ids == ("a", "b")
    assert np.array_equal(targets.vectors, VECTORS[:2])


@pytest.mark.parametrize(
    ("entries", "expected", "came"),
    [
        ({}, "a data set for each id", "nothing"),
        ({"all": {"a": VECTORS[0]}}, "a data set for each id", "all"),
        ({"embeddings": VECTORS}, "the data sets ids and embeddings", "embeddings"),
        ({"ids": list(IDS[:29]), "embeddings": VECTORS}, "as many ids", "(29,) and (30, 16)"),
        ({"ids": "one", "embeddings": VECTORS}, "as many ids", "()"),
        ({"ids": [[name] for name in IDS], "embeddings": VECTORS}, "as many ids", "(30, 1)"),
        ({"ids": ["a"], "embeddings": VECTORS[0]}, "as many ids", "(16,)"),
        ({"ids": ["a"], "embeddings": 1.0}, "as many ids", "()"),
        ({"ids": np.arange(30), "embeddings": VECTORS}, "names", "int64"),
        ({"ids": {"a": 1}, "embeddings": VECTORS}, "ids and embeddings as data sets", "another"),
        ({"ids": ["a"], "embeddings": {"a": VECTORS[0]}}, "ids and embeddings as", "another"),
        ({"ids": h5py.Empty(h5py.string_dtype()), "embeddings": VECTORS}, "as many ids", "None"),
        ({"ids": np.zeros(0, "S1"), "embeddings": np.zeros((0, 4))}, "at least one", "none"),
        ({"ids": ["a", "b", "a"], "embeddings": VECTORS[:3]}, "each id once", "a twice or more"),
        ({"ids": [b"\xff", b"b"], "embeddings": VECTORS[:2]}, "a whole HDF5 file", "damaged"),
        ({"a": VECTORS[0], "b": VECTORS[1][:9]}, "vectors of one length", "lengths 9, 16"),
        ({"a": 1.5}, "a vector", "shape ()"),
        ({"a": VECTORS[0][:1]}, "a vector", "shape (1,)"),
        ({"a": h5py.Empty("f4")}, "a vector", "shape None"),
        ({"a": np.array([1.0, np.nan])}, "finite numbers", "NaN or inf in a"),
        ({"a": VECTORS[0], "b": VECTORS[1] * np.inf}, "finite numbers", "NaN or inf in b"),
        ({"a": VECTORS[0], "b": np.zeros(16)}, "vectors with a direction", "only zeros in b"),
        ({"a": ["C", "N", "O"]}, "numbers", "text"),
        ({"a": np.array([b"C", b"N"])}, "numbers", "text"),
        ({"a": VECTORS[0] > 0}, "numbers", "bool"),
        ({"a": VECTORS[0] * 1j}, "numbers", "complex128"),
        ({"a": np.void(pickle.dumps(VECTORS[0]))}, "numbers", "objects (pickled)"),
        ({"ids": ["a", "b"], "embeddings": [["x", "y"]] * 2}, "numbers", "text"),
    ],
    ids=lambda value: "" if isinstance(value, dict) else None,
)
def test_what_are_no_target_vectors_is_refused(write, entries, expected, came):
    error = refused(write(**entries))
    assert error.expected.startswith(expected)
    assert came in error.came


def test_an_array_of_objects_is_refused(tmp_path: Path):
    path = tmp_path / "objects.h5"
    with h5py.File(path, "w") as file:
        entry = file.create_dataset("a", (3,), h5py.vlen_dtype(np.uint8))
        entry[0] = np.frombuffer(pickle.dumps(VECTORS[0]), np.uint8)
    assert "objects (pickled)" in refused(path).came


def test_another_width_than_the_wanted_one_is_refused(write):
    error = refused(write(ids=list(IDS), embeddings=VECTORS), dimension=256)
    assert "256" in error.expected
    assert error.came == "16"


def test_of_many_faults_the_first_are_named(write):
    error = refused(write(ids=list(IDS), embeddings=np.zeros((30, 4))))
    assert error.came == f"only zeros in {', '.join(IDS[:5])} and 25 more"


@pytest.mark.parametrize("layout", ["by id", "two data sets"])
def test_a_file_that_breaks_off_anywhere_is_refused(write, tmp_path: Path, layout: str):
    path = tmp_path / "whole.h5"
    if layout == "by id":
        write_targets(path, IDS, VECTORS)
    else:
        path = write(ids=list(IDS), embeddings=VECTORS)
    whole = path.read_bytes()
    lengths = [0, 1, 7, 8, 47, 48, 95, 96, 500, 511, 512, 513, 2048, len(whole) - 1]
    lengths += np.random.default_rng(0).integers(1, len(whole), 12).tolist()
    for length in lengths:
        path.write_bytes(whole[:length])
        error = refused(path)
        assert error.expected == "a whole HDF5 file"
        assert error.came in {"one that breaks off", "another kind of file"}


def test_a_file_that_is_damaged_inside_is_read_or_refused(tmp_path: Path):
    path = tmp_path / "damaged.h5"
    write_targets(path, IDS, VECTORS)
    whole = path.read_bytes()
    told = []
    for place in range(8, len(whole), 192):
        path.write_bytes(whole[:place] + bytes(64) + whole[place + 64 :])
        try:
            read_targets(path)
        except InputError as error:
            told.append(error.came)
    assert any("damaged" in came for came in told)


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n", b"PK\x03\x04" * 99])
def test_another_kind_of_file_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "other.h5"
    path.write_bytes(content)
    assert refused(path).expected == "a whole HDF5 file"


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path):
    assert refused(tmp_path / "nowhere.h5").came == "no such file"
    assert refused(tmp_path).came == "no such file"


def test_a_place_that_cannot_be_written_is_said_and_nothing_stays(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_targets(tmp_path / "file" / "a.h5", IDS, VECTORS)
    with pytest.raises(UnavailableError, match="cannot be written"):
        write_targets(tmp_path / "nowhere" / "a.h5", IDS, VECTORS)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_is_not_z_scored_is_noted_with_its_numbers(write):
    (note,) = read_targets(write(ids=list(IDS), embeddings=2 * VECTORS + 0.5)).notes
    assert "not z-scored" in note
    assert "means reach ±0.50" in note
    assert "up to 1.00" in note
    many = scored(2_000)
    assert len(check_scaling(many + 0.2)) == len(check_scaling(1.4 * many)) == 1
    assert check_scaling(1.2 * many + 0.1) == []


@pytest.mark.parametrize("count", [10, 45, 300])
def test_what_a_sample_strays_by_chance_is_not_noted(count):
    drawn = np.random.default_rng(count).standard_normal((count, 256))
    assert check_scaling(drawn) == []
    assert check_scaling(drawn + 3.0) != []


def test_constant_dimensions_are_counted(write):
    vectors = VECTORS.copy()
    vectors[:, [2, 5, 7]] = 0.0
    (note,) = read_targets(write(ids=list(IDS), embeddings=vectors)).notes
    assert note.startswith("3 of 16 dimensions are constant")


def test_shared_vectors_are_counted(write):
    vectors = np.concatenate([scored(24), scored(24)[:6]])
    notes = read_targets(write(ids=list(IDS), embeddings=vectors)).notes
    assert "6 of 30 ids share a vector with another id." in notes
