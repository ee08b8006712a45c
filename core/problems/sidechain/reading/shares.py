"""How far the reading of several files is, by their bytes."""

from collections.abc import Callable, Iterable
from pathlib import Path

from core.problems.sidechain.reading.structure_files import Progress

Tell = Callable[[float, str], None]  # the share of all bytes, 0 to 1, and the name of the file


def shares_of(paths: Iterable[Path], tell: Tell | None) -> Callable[[Path], Progress | None]:
    """Give for each file what its reader is to report to.

    Args:
        paths: Of all files, in the order in which they are read; absent ones weigh nothing.
        tell: Told after each block; what it raises cancels the reading. None where nobody listens.

    Example:
        >>> report = shares_of([Path("absent.pdb")], lambda share, name: print(share, name))
        >>> report(Path("absent.pdb"))(0, 0)
        0.0 absent.pdb
    """
    if tell is None:
        return lambda path: None
    before: dict[Path, int] = {}
    total = 0
    for path in paths:
        before[path] = total
        total += path.stat().st_size if path.is_file() else 0

    def report(path: Path) -> Progress:
        return lambda read, _: tell(min((before[path] + read) / max(total, 1), 1.0), path.name)

    return report
