"""Small pocket runs that were really trained, for the pages that show them."""

from dataclasses import dataclass
from pathlib import Path

from core.problems.new_runs import new_runs
from core.problems.pocket.config import PocketConfig
from core.problems.pocket.experiment import POCKET
from core.problems.pocket.results import comparison_configs
from core.problems.running import run_folder

SMALL = PocketConfig(ligands=40, width=8, layers=1, num_epochs=2, batch_size=8)
LONG_EPOCHS = 4


@dataclass(frozen=True)
class Planted:
    """Runs that were really trained: three losses and two seeds in a group, then a longer one."""

    home: Path
    compared: tuple[Path, ...]
    long: Path

    @property
    def every(self) -> tuple[Path, ...]:
        return (*self.compared, self.long)


def plant(home: Path) -> Planted:
    """Train the runs; LOSSOSCOPE_HOME must say `home`."""
    compared = new_runs(
        POCKET,
        comparison_configs(SMALL, range(2)),
        label=lambda config: f"{config.loss_fn}, seed {config.seed}",
    )
    longer = PocketConfig(**{**vars(SMALL), "num_epochs": LONG_EPOCHS})
    (long,) = new_runs(POCKET, [longer], name="a <b>longer</b> one")
    assert {run_folder(folder) for folder in (*compared, long)} == {"finished"}
    return Planted(home, compared, long)
