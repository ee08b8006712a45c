import csv
import hashlib
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from core.chemistry.descriptors import fingerprints
from core.datasets.catalogue import (
    CHEBI20_VALIDATION,
    DATASETS,
    MASSIVEKB_500,
    PROTEIN_P2RANK,
    RNA_HARIBOSS,
    Dataset,
    DatasetFile,
)
from core.problems.molecule.pairs import read_table

FOLDERS = {"peptide": "spectra", "pocket": "pockets", "molecule": "molecules"}  # of shared/data
SUMMED = [d for d in DATASETS.values() if all(file.sha256 for file in d.files)]


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
    sizes = [file.size_bytes for file in dataset.files]
    assert dataset.size_bytes == (None if None in sizes else sum(sizes))
    assert dataset.least_bytes == sum(file.least_bytes for file in dataset.files) > 0


@pytest.mark.parametrize(
    "file", [f for d in DATASETS.values() for f in d.files], ids=lambda f: f.name
)
def test_every_file_has_a_fixed_address_and_something_to_check(file: DatasetFile):
    address = urlsplit(file.url)
    assert address.scheme == "https"
    assert address.path.endswith(f"/{file.name}")
    assert re.search(r"/[0-9a-f]{40}/", address.path), "an address of a commit never changes"
    if file.sha256:
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
        assert file.least_bytes == file.most_bytes == file.size_bytes > 0
    else:
        assert 0 < file.characters == file.least_bytes < file.most_bytes == 4 * file.characters
        assert file.size_bytes is None


def test_what_is_not_known_is_said():
    assert MASSIVEKB_500.size_text == "1.7 MB"
    said = "about 1.3 MB; no checksum known, checked by its length"
    assert CHEBI20_VALIDATION.size_text == said
    assert CHEBI20_VALIDATION.size_bytes is None
    assert [d.name for d in DATASETS.values() if d not in SUMMED] == ["chebi20_validation"]


def test_one_file_of_unknown_size_makes_the_whole_a_guess():
    both = replace(MASSIVEKB_500, files=MASSIVEKB_500.files + CHEBI20_VALIDATION.files)
    assert both.size_bytes is None
    assert both.least_bytes == MASSIVEKB_500.size_bytes + 1_289_410
    assert both.size_text.startswith("about 3.0 MB; no checksum")


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


@pytest.mark.parametrize("dataset", SUMMED, ids=lambda d: d.name)
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


def test_what_is_said_of_chebi_20_holds_for_rows_of_it(shared_data: Path):
    pairs = read_table(shared_data / "molecules" / "chebi20" / "pairs.tsv")
    heavy = [molecule.GetNumHeavyAtoms() for molecule in pairs.molecules]
    count = Counter(bits.ToBase64() for bits in fingerprints(pairs.molecules))
    shared = sum(rows for rows in count.values() if rows > 1)
    said = f"Of {len(heavy):,} rows of it, with {min(heavy)} to {max(heavy)} heavy atoms, {shared}"
    assert f"{said} share a Morgan fingerprint" in CHEBI20_VALIDATION.description
