"""Which files make a complex: one file with its ligand inside, or a pair X_rna and X_ligand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from core.errors import InputError

SUFFIXES: Final = (".pdb", ".ent", ".cif", ".mmcif", ".bcif")
LIGAND_ENDING: Final = "_ligand"
PARTNER_ENDINGS: Final = ("_rna", "_protein", "")  # of the file that X_ligand belongs to


class FilePair(NamedTuple):
    """The files of one complex.

    Args:
        name: Of the complex.
        path: Its structure; None where only the ligand is there.
        ligand_path: The ligand alone; None where the structure holds it.
    """

    name: str
    path: Path | None
    ligand_path: Path | None


def complex_name(path: Path) -> str:
    """Name a complex by a file of it.

    Example:
        >>> complex_name(Path("a/1uud_rna.pdb")), complex_name(Path("1AKI.cif.gz"))
        ('1uud', '1AKI')
    """
    stem = file_stem(path)
    endings = (ending for ending in (LIGAND_ENDING, *PARTNER_ENDINGS) if stem.endswith(ending))
    return stem.removesuffix(next(endings))


def file_stem(path: Path) -> str:
    """Give the file name without .gz and without the suffix of a structure.

    Example:
        >>> file_stem(Path("b/1aki.v2.cif.gz"))
        '1aki.v2'
    """
    name = path.name.removesuffix(".gz")
    ending = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(ending)]


def pair_files(source: Path | Iterable[Path]) -> tuple[FilePair, ...]:
    """Find the complexes of a folder or of some files, in the order of names.

    Args:
        source: A folder, of which files with the suffix of a structure count, and those of the
            folders in it; a file; or files. What is called alike there gets its folder's name.

    Raises:
        InputError: There is no such folder or file, or no structure in it.
    """
    paths = {path.with_name(file_stem(path)): path for path in _files(source)}
    pairs = []
    for stem in [stem for stem in paths if stem.name.endswith(LIGAND_ENDING)]:
        name = stem.name.removesuffix(LIGAND_ENDING)
        partners = (stem.with_name(name + ending) for ending in PARTNER_ENDINGS)
        partner = next((paths.pop(stem) for stem in partners if stem in paths), None)
        pairs.append(FilePair(name, partner, paths.pop(stem)))
    pairs += [FilePair(complex_name(path), path, None) for path in paths.values()]
    return tuple(sorted(_told_apart(pairs), key=lambda pair: pair.name))


def _told_apart(pairs: Sequence[FilePair]) -> Iterator[FilePair]:
    counts = Counter(pair.name for pair in pairs)
    for pair in pairs:
        folder = (pair.path or pair.ligand_path or Path()).parent.name
        is_alone = counts[pair.name] == 1
        yield pair if is_alone else pair._replace(name=f"{folder}/{pair.name}")


def _files(source: Path | Iterable[Path]) -> list[Path]:
    if not isinstance(source, Path):
        files, where = list(source), "files with complexes"
    elif source.is_dir():
        # Archives keep structures a folder deeper, "ak/1aki.cif.gz"; no deeper: it may be "/".
        found = (path for pattern in ("*", "*/*") for path in source.glob(pattern))
        files, where = [path for path in found if _is_structure(path)], str(source)
    else:
        return [source]
    if not files:
        raise InputError(
            where,
            expected=f"structure files ({', '.join(SUFFIXES)}, also with .gz), there or one folder "
            "deeper",
            came="none",
            do="Choose another folder",
        )
    return sorted(files)


def _is_structure(path: Path) -> bool:
    return path.name.lower().removesuffix(".gz").endswith(SUFFIXES) and path.is_file()
