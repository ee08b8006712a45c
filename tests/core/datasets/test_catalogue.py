import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.datasets.catalogue import DATASETS, MASSIVEKB_500, DatasetFile


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda d: d.name)
def test_every_entry_is_complete(dataset):
    assert DATASETS[dataset.name] is dataset
    assert re.fullmatch(r"[a-z0-9_]+", dataset.name)
    assert dataset.title
    assert dataset.description
    assert dataset.licence
    assert re.search(r"commit [0-9a-f]{40}", dataset.source)
    assert len({file.name for file in dataset.files}) == len(dataset.files) > 0
    assert dataset.size_bytes == sum(file.size_bytes for file in dataset.files) > 0


@pytest.mark.parametrize(
    "file", [f for d in DATASETS.values() for f in d.files], ids=lambda f: f.name
)
def test_every_file_has_a_fixed_address_and_a_checksum(file: DatasetFile):
    address = urlsplit(file.url)
    assert address.scheme == "https"
    assert address.path.endswith(f"/{file.name}")
    assert re.search(r"/[0-9a-f]{40}/", address.path), "an address of a commit never changes"
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert file.size_bytes > 0


def test_files_are_found_by_role():
    assert MASSIVEKB_500.file("spectra").name.endswith(".mgf")
    assert MASSIVEKB_500.file("labels").name.endswith(".peprec")
    with pytest.raises(KeyError, match="no file of the role 'poem'"):
        MASSIVEKB_500.file("poem")


def test_the_entry_describes_the_real_files(shared_data: Path):
    for file in MASSIVEKB_500.files:
        data = (shared_data / "spectra" / MASSIVEKB_500.name / file.name).read_bytes()
        assert len(data) == file.size_bytes
        assert hashlib.sha256(data).hexdigest() == file.sha256
