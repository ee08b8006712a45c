"""The catalogue: real data sets by public address, with licence, size and what is checked."""

from dataclasses import dataclass
from typing import Final

from core.datasets.pocket_files import PROTEINS, RNA_AND_LIGANDS, PocketFile

BYTES_A_CHARACTER: Final = 4  # UTF-8 has no longer ones
NO_CHECKSUM: Final = "no checksum known, checked by its length"


@dataclass(frozen=True)
class DatasetFile:
    """One file of a data set: of known size and checksum, or else a text of known length.

    Args:
        name: File name, also below the state folder.
        url: Public address.
        size_bytes: Exact size; None where nobody has measured it.
        sha256: Checksum, 64 hexadecimal digits; empty where it is not known.
        role: What it is taken for: "spectra", "labels", "config"; "structure", "ligand"; "pairs".
        characters: Of its text in UTF-8, a line end being one; checked where no checksum is known.
    """

    name: str
    url: str
    size_bytes: int | None
    sha256: str
    role: str = ""
    characters: int = 0

    @property
    def least_bytes(self) -> int:
        """Size; where it is not known, the least that the text can have."""
        return self.characters if self.size_bytes is None else self.size_bytes

    @property
    def most_bytes(self) -> int:
        """Size; where it is not known, the most that the text can have."""
        return BYTES_A_CHARACTER * self.characters if self.size_bytes is None else self.size_bytes


@dataclass(frozen=True)
class Dataset:
    """A data set that another project publishes.

    Args:
        name: Short name, also the folder below the state folder.
        title: For a list.
        description: What it holds and what is known to be wrong with it.
        licence: As the source names it.
        source: Repository and commit.
        files: At least one.
        problem: Name of the problem whose data it is.
    """

    name: str
    title: str
    description: str
    licence: str
    source: str
    files: tuple[DatasetFile, ...]
    problem: str = "peptide"

    @property
    def size_bytes(self) -> int | None:
        """Size of all files; None where that of one is not known."""
        return None if any(file.size_bytes is None for file in self.files) else self.least_bytes

    @property
    def least_bytes(self) -> int:
        """Size of all files, or the least that they can have together."""
        return sum(file.least_bytes for file in self.files)

    @property
    def size_text(self) -> str:
        """Say the size, and where it is not measured or nothing but a length can be checked."""
        about = "about " if self.size_bytes is None else ""
        is_summed = all(file.sha256 for file in self.files)
        return f"{about}{self.least_bytes / 1e6:.1f} MB" + ("" if is_summed else f"; {NO_CHECKSUM}")

    def file(self, role: str) -> DatasetFile:
        """Give the first file of a role.

        Raises:
            KeyError: There is none.
        """
        for file in self.files:
            if file.role == role:
                return file
        raise KeyError(f"{self.name} has no file of the role {role!r}")


_MS2PIP: Final = "compomics/ms2pip"
_MS2PIP_COMMIT: Final = "f9c3f71eff7dd0d722d1bc2ab74b810c0235ed5b"


def _ms2pip_file(name: str, size_bytes: int, sha256: str, role: str) -> DatasetFile:
    address = f"https://raw.githubusercontent.com/{_MS2PIP}/{_MS2PIP_COMMIT}/tests/test_data/{name}"
    return DatasetFile(name, address, size_bytes, sha256, role)


MASSIVEKB_500: Final = Dataset(
    name="massivekb_500",
    title="500 human HCD spectra with labels",
    description=(
        "One spectrum for each of 500 distinct peptides, selected from MassIVE-KB by the authors "
        "of ms2pip: raw intensities, MGF with PEPREC labels, 320 of them unmodified. Twelve labels "
        "are wrong: Q at the N-terminus with -18.0106 where the precursor fits -17.0265."
    ),
    licence="Apache-2.0 (the repository's; the data terms of MassIVE-KB stand beside it)",
    source=f"github.com/{_MS2PIP}, commit {_MS2PIP_COMMIT}",
    files=(
        _ms2pip_file(
            "massivekb_selected_500.mgf",
            1_721_504,
            "a02b2cc74bfac83324cfae3d9e152defc963ecb5c7fd873c62a53f9088f1112b",
            "spectra",
        ),
        _ms2pip_file(
            "massivekb_selected_500.peprec",
            22_670,
            "79a2c267127c2d5fcefa2eebbb9d0282834ccc0bdd1f92cff2e48c2fe46fd913",
            "labels",
        ),
        _ms2pip_file(
            "massivekb_selected_500_config.txt",
            226,
            "1179732f0352501d8ba2a35ed30c12027d362df7a6700485ccda6210cd16957a",
            "config",
        ),
    ),
)
_RNABIND: Final = "jaminzzz/RNABind"
_RNABIND_COMMIT: Final = "7936279ff92a929a2de382ac902b9f1021c6c46b"
_P2RANK: Final = "rdk/p2rank"
_P2RANK_COMMIT: Final = "e723a461c096eb41889763476f7a35e2dc12ee22"


def _rna_file(file: PocketFile) -> DatasetFile:
    kind = file.stem.rsplit("_", 1)[-1]  # "rna" or "ligand"
    folder = f"{_RNABIND}/{_RNABIND_COMMIT}/bs_data/{kind}_pdb"
    return _pocket_file(folder, file, "ligand" if kind == "ligand" else "structure")


def _pocket_file(folder: str, file: PocketFile, role: str) -> DatasetFile:
    name = f"{file.stem}.pdb"
    address = f"https://raw.githubusercontent.com/{folder}/{name}"
    return DatasetFile(name, address, file.size_bytes, file.sha256, role)


RNA_HARIBOSS: Final = Dataset(
    name="rna_hariboss",
    title="45 RNA-ligand complexes",
    description=(
        "RNA with a small molecule, each as a pair of PDB files: 45 of the 485 complexes of "
        "HARIBOSS that RNABind publishes, drawn at random from those whose RNA file is below 90 "
        "kB. Some ligand files hold several copies or a second ligand; bonds are not given."
    ),
    licence="MIT (the repository's; the terms of HARIBOSS are its own, coordinates are the PDB's)",
    source=f"github.com/{_RNABIND}, commit {_RNABIND_COMMIT}",
    files=tuple(map(_rna_file, RNA_AND_LIGANDS)),
    problem="pocket",
)
PROTEIN_P2RANK: Final = Dataset(
    name="protein_p2rank",
    title="4 protein-ligand complexes",
    description=(
        "The proteins with ligands of P2Rank's test data. Some ligands come from other structures "
        "of the same protein; in 1aaxa one of them (892) runs into the chain."
    ),
    licence="MIT (the repository's; coordinates are the PDB's)",
    source=f"github.com/{_P2RANK}, commit {_P2RANK_COMMIT}",
    files=tuple(
        _pocket_file(f"{_P2RANK}/{_P2RANK_COMMIT}/distro/test_data/liganated", file, "structure")
        for file in PROTEINS
    ),
    problem="pocket",
)
_MOLT5: Final = "blender-nlp/MolT5"
_MOLT5_COMMIT: Final = "7de07af8a2fb033bfd4935ebdd166e6ae6507df9"
_MOLT5_FOLDER: Final = f"https://raw.githubusercontent.com/{_MOLT5}/{_MOLT5_COMMIT}"
_CHEBI20: Final = f"{_MOLT5_FOLDER}/ChEBI-20_data/validation.txt"
CHEBI20_VALIDATION: Final = Dataset(
    name="chebi20_validation",
    title="ChEBI-20, validation part",
    description=(
        "Molecules as SMILES, each with its description. The source doubles the backslashes of "
        "SMILES (E or Z of a double bond); they are read as single ones. Of 3,000 rows of it, with "
        "1 to 574 heavy atoms, 270 share a Morgan fingerprint with another row (stereoisomers)."
    ),
    licence="BSD-3-Clause (the repository's; descriptions derive from ChEBI, EMBL-EBI)",
    source=f"github.com/{_MOLT5}, commit {_MOLT5_COMMIT}; set by Edwards et al. 2021, Text2Mol",
    files=(DatasetFile("validation.txt", _CHEBI20, None, "", "pairs", characters=1_289_410),),
    problem="molecule",
)
DATASETS: Final[dict[str, Dataset]] = {
    d.name: d for d in (MASSIVEKB_500, RNA_HARIBOSS, PROTEIN_P2RANK, CHEBI20_VALIDATION)
}
