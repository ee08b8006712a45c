"""What sections are made of: the runs that are there, and their histories."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from core.history import History
from core.report.blocks import Said, shortened
from core.runs.index import RunRow, list_runs
from core.runs.reader import RunReader

Read = Callable[[Path, Collection[str] | None], History]


def read_run(folder: Path, metrics: Collection[str] | None = None) -> History:
    """Read a run once: some of its series, or all.

    Raises:
        UnavailableError: A file cannot be read.
    """
    only = None if metrics is None else frozenset(metrics)
    return RunReader(folder, only=only).refresh()


@dataclass(frozen=True, eq=False)
class Material:
    """Runs by id, and what reads them."""

    rows: Mapping[str, RunRow]
    read: Read = read_run

    def there(self, ids: Sequence[str]) -> list[RunRow]:
        """Give the chosen runs that are still there, in their order."""
        return [self.rows[run_id] for run_id in dict.fromkeys(ids) if run_id in self.rows]

    def lacking(self, ids: Sequence[str]) -> Iterator[Said]:
        """Say which runs are gone since they were chosen; or that none is chosen."""
        if not any(ids):
            yield Said("No run is chosen.", is_warning=True)
            return
        for run_id in dict.fromkeys(ids):
            if run_id not in self.rows:
                yield Said(f"The run {shortened(run_id)} is gone: it was deleted or moved after it "
                           "was chosen.", is_warning=True)  # fmt: skip


def all_material(read: Read = read_run) -> Material:
    """Give every run that is listed, the newest first; of a copied sample the own one counts."""
    rows = list_runs()
    own = {row.id for row in rows if not row.is_sample}
    return Material({row.id: row for row in rows if not (row.is_sample and row.id in own)}, read)


def run_title(row: RunRow) -> str:
    """Name a run on one line; a sample is called one."""
    name = shortened(row.name or row.id)
    return f"{name} (sample)" if row.is_sample else name
