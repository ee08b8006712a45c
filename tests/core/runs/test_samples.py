"""The runs that come with the repository: whole, finished, and of this code."""

from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path

import pytest
import torch

from core.events import Measured
from core.problems.experiments import EXPERIMENTS
from core.problems.molecule.table import make_table, table_in_words
from core.problems.pocket.comparison import compare
from core.problems.pocket.comparison_words import in_words
from core.problems.pocket.results import read_trained
from core.retrieval import chance_mrr
from core.runs.folder import SAMPLE_RUNS, folder_bytes, is_sample, read_config, read_meta
from core.runs.index import list_runs
from core.runs.reader import RunReader, read_history
from core.runs.status import read_status
from core.training.loop import train
from core.training.settings import from_plain

LOSS = "train/total_loss"
SAMPLES = sorted(path for path in SAMPLE_RUNS.iterdir() if path.is_dir())


def one_seed_each(folders: Sequence[Path]) -> list[Path]:
    """Keep one run of each configuration: its other seeds run the same code."""
    kept: dict[str, Path] = {}
    for folder in folders:
        told = read_config(folder)
        kept.setdefault(f"{told.experiment} { ({**told.config, 'seed': None}) }", folder)
    return list(kept.values())


# Those of one experiment on one worker: the other would wait while their data are made.
BY_EXPERIMENT = [
    pytest.param(folder, id=folder.name, marks=pytest.mark.xdist_group(folder.name.split("-")[0]))
    for folder in one_seed_each(SAMPLES)
]


def test_there_are_a_few_and_they_are_small() -> None:
    assert 5 <= len(SAMPLES) <= 40
    assert sum(folder_bytes(folder) for folder in SAMPLES) < 12e6


@pytest.mark.parametrize("folder", SAMPLES, ids=lambda p: p.name)
def test_a_sample_is_finished_and_its_configuration_is_still_understood(folder: Path) -> None:
    reader = RunReader(folder)
    history, told = reader.refresh(), read_config(folder)
    experiment = EXPERIMENTS[told.experiment]
    config = from_plain(experiment.config, told.config)
    assert is_sample(folder)
    assert read_status(folder).state == "finished"
    assert reader.torn == 0
    assert read_meta(folder).name
    assert history.ended is not None
    assert history.started is not None
    assert history.last_step == history.started.total_steps
    assert config.steps in {0, history.last_step}  # 0: the epochs decide
    assert len(history.series[experiment.primary]) > 5
    assert not list((folder / "checkpoints").glob("*"))


def test_samples_are_listed_and_marked(state_folder: Path) -> None:
    rows = list_runs()
    assert {row.id for row in rows if row.is_sample} == {folder.name for folder in SAMPLES}


@pytest.mark.parametrize("folder", BY_EXPERIMENT)
def test_a_sample_is_what_this_code_still_does(folder: Path, made_data: Callable) -> None:
    told = read_config(folder)
    experiment = EXPERIMENTS[told.experiment]
    config = from_plain(experiment.config, told.config)
    with made_data(told.experiment):
        task = experiment.build(config, torch.device("cpu"))
    config = experiment.resolve(config, task) if experiment.resolve else config
    again = train(config, task, experiment.schedule(config), experiment=told.experiment)
    steps = islice(
        (event for event in again if isinstance(event, Measured) and LOSS in event.values), 8
    )
    # Rounding differs between processors, and grows from step to step.
    recorded = read_history(folder).series[LOSS].value[:8].tolist()
    found = [event.values[LOSS] for event in steps]
    assert found[:4] == pytest.approx(recorded[:4], rel=1e-3)
    assert found == pytest.approx(recorded, rel=0.05)


def test_the_log_scaled_precursor_drowns_the_rest_and_weights_that_follow_save_it() -> None:
    reached = {}
    for folder in SAMPLES:
        config = read_config(folder).config
        if config.get("precursor_loss") == "log_scaled" and not config["solo"]:
            series = read_history(folder).series["val_easy/residue_accuracy"]
            reached[config["balancing"]] = float(series.value[-1])
    assert reached["schedule"] < 0.2
    assert reached["targets"] > 0.6


def test_the_sample_comparison_does_not_show_the_gain_that_the_note_expects() -> None:
    runs = [read_trained(folder) for folder in SAMPLES if folder.name.startswith("pocket")]
    rows = compare(runs)
    assert {row.loss: len(row.scores["cosine"].seeds) for row in rows} == {
        "cosine": 3, "mse": 3, "info_nce": 3,
    }  # fmt: skip
    assert "the data exclude the note's +5 to +10 %" in in_words(rows)
    found = {row.loss: row.against_cosine for row in rows}
    assert found["info_nce"]["mrr"].low > 0 > found["info_nce"]["cosine"].high


def test_the_sample_table_excludes_the_gains_of_the_note() -> None:
    runs = [read_history(folder) for folder in SAMPLES if folder.name.startswith("molecule")]
    rows = make_table(runs)
    assert [len(row.scores["val/mrr"].by_seed) for row in rows] == [3] * 5
    assert all(row.over_random["val/mrr"].verdict == "not told apart" for row in rows[1:])
    assert "the note's gain is excluded for 3 of 3" in table_in_words(rows)
    assert min(row.scores["val/mrr"].mean for row in rows) > 100 * chance_mrr(1_800)
