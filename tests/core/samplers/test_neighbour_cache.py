import numpy as np
import pytest

from core.errors import InputError, UnavailableError
from core.samplers import neighbour_cache
from core.samplers.neighbour_cache import cache_path, cached_neighbours
from core.samplers.neighbours import nearest_neighbours
from tests.core.samplers.data import gaussian


@pytest.fixture
def searches(monkeypatch):
    """Every search that was made, by k."""
    made = []

    def search(embeddings, k, **options):
        made.append(k)
        return nearest_neighbours(embeddings, k, **options)

    monkeypatch.setattr(neighbour_cache, "nearest_neighbours", search)
    return made


def assert_same(one, other):
    np.testing.assert_array_equal(one.indices, other.indices)
    np.testing.assert_array_equal(one.similarity, other.similarity)
    assert one.indices.dtype == np.int32
    assert one.similarity.dtype == np.float32


def test_a_second_call_reads_what_the_first_has_written(tmp_path, searches):
    folder = tmp_path / "a" / "b"
    first = cached_neighbours(gaussian(40), 6, folder)
    second = cached_neighbours(gaussian(40), 6, folder)
    assert_same(first, second)
    assert_same(first, nearest_neighbours(gaussian(40), 6))
    assert searches == [6]
    assert [path.name for path in folder.iterdir()] == [cache_path(gaussian(40), 6, folder).name]


def test_other_content_k_type_or_version_is_searched_anew(tmp_path, searches, monkeypatch):
    changed = gaussian(40)
    changed[-1, -1] = np.nextafter(changed[-1, -1], np.float32(9))
    for embeddings, k in (
        (gaussian(40), 6), (changed, 6), (gaussian(40), 7), (gaussian(40).astype(float), 6),
        (gaussian(40).view(np.int32), 6), (gaussian(40).reshape(80, 8), 6),
    ):  # fmt: skip
        cached_neighbours(embeddings, k, tmp_path)
    monkeypatch.setattr(neighbour_cache, "VERSION", neighbour_cache.VERSION + 1)
    cached_neighbours(gaussian(40), 6, tmp_path)
    assert searches == [6, 6, 7, 6, 6, 6, 6]
    cached_neighbours(np.asfortranarray(gaussian(40)), 6, tmp_path)
    assert len(searches) == 7


def test_a_file_damaged_anywhere_is_noticed_and_replaced(tmp_path, searches):
    embeddings = gaussian(12)
    whole = cached_neighbours(embeddings, 3, tmp_path)
    path = cache_path(embeddings, 3, tmp_path)
    content = path.read_bytes()
    for place in [*range(0, len(content), 7), len(content) - 1]:
        broken = bytearray(content)
        broken[place] ^= 0x55
        path.write_bytes(bytes(broken))
        assert_same(cached_neighbours(embeddings, 3, tmp_path), whole)
    searches.clear()
    for broken in (b"", content[:-30], content[: len(content) // 2], b"no archive at all"):
        path.write_bytes(broken)
        assert_same(cached_neighbours(embeddings, 3, tmp_path), whole)
        assert_same(cached_neighbours(embeddings, 3, tmp_path), whole)
    assert searches == [3, 3, 3, 3]


@pytest.mark.parametrize(
    "other",
    [
        {"indices": np.zeros((12, 4), np.int32), "similarity": np.zeros((12, 4), np.float32)},
        {"indices": np.zeros((12, 3), np.int64), "similarity": np.zeros((12, 3), np.float32)},
        {"indices": np.zeros((12, 3), np.int32)},
    ],
)
def test_a_whole_file_of_something_else_is_replaced(tmp_path, other):
    embeddings = gaussian(12)
    np.savez(cache_path(embeddings, 3, tmp_path), **other)
    assert_same(cached_neighbours(embeddings, 3, tmp_path), nearest_neighbours(embeddings, 3))


def test_a_writer_that_is_stopped_leaves_nothing_half(tmp_path, monkeypatch):
    def stop(file, **arrays):
        file.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(neighbour_cache.np, "savez", stop)
    found = cached_neighbours(gaussian(12), 3, tmp_path)
    assert found.k == 3
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told_before_the_search(tmp_path, searches):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"cannot be created.*Choose one"):
        cached_neighbours(gaussian(12), 3, tmp_path / "file" / "folder")
    assert searches == []


def test_bad_embeddings_are_refused_before_anything_is_read(tmp_path):
    with pytest.raises(InputError, match="zero"):
        cached_neighbours(np.zeros((3, 2)), 1, tmp_path)
    with pytest.raises(InputError, match="a table"):
        cached_neighbours(np.ones(3), 1, tmp_path)
