import csv
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.datasets.catalogue import (
    DATASETS,
    MASSIVEKB_500,
    PROTEIN_P2RANK,
    RNA_HARIBOSS,
    Dataset,
    DatasetFile,
)

FOLDERS = {"peptide": "spectra", "pocket": "pockets"}  # below shared/data


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda d: d.name)
def test_every_entry_is_complete(dataset):
    assert DATASETS[dataset.name] is dataset
    assert re.fullmatch(r"[a-z0-9_]+", dataset.name)
    assert dataset.title
    assert dataset.description
    assert dataset.licence
    assert re.search(r"commit [0-9a-f]{40}", dataset.source)
    assert len({file.name for file in dataset.files}) == len(dataset.files) > 0
    assert dataset.problem in FOLDERS
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


def test_every_rna_has_its_ligand():
    roles = {file.name: file.role for file in RNA_HARIBOSS.files}
    assert len(roles) == 90
    stems = {name.rsplit("_", 1)[0] for name in roles}
    assert len(stems) == 45
    for stem in stems:
        assert roles[f"{stem}_rna.pdb"] == "structure"
        assert roles[f"{stem}_ligand.pdb"] == "ligand"
    folders = {Path(urlsplit(file.url).path).parent.name for file in RNA_HARIBOSS.files}
    assert folders == {"rna_pdb", "ligand_pdb"}
    assert {file.role for file in PROTEIN_P2RANK.files} == {"structure"}


@pytest.mark.parametrize("dataset", DATASETS.values(), ids=lambda d: d.name)
def test_the_entry_describes_the_real_files(dataset: Dataset, shared_data: Path):
    for file in dataset.files:
        path = shared_data / FOLDERS[dataset.problem] / dataset.name / file.name
        data = path.read_bytes()
        assert len(data) == file.size_bytes
        assert hashlib.sha256(data).hexdigest() == file.sha256


def test_rna_and_ligand_agree_with_the_list_that_came_with_them(shared_data: Path):
    folder = shared_data / "pockets" / RNA_HARIBOSS.name
    with (folder / "manifest.csv").open() as stream:
        noted = {row["pdb"]: row["sha256_rna_plus_ligand"] for row in csv.DictReader(stream)}
    assert len(noted) == 45
    for name, digest in noted.items():
        data = b"".join((folder / f"{name}_{part}.pdb").read_bytes() for part in ("rna", "ligand"))
        assert hashlib.sha256(data).hexdigest() == digest
