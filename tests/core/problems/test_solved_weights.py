"""Weights for a corrected run: shares inside the targets, by the raw values of the run itself."""

from dataclasses import replace

import numpy as np
import pytest

from core.events import RunStarted, StageChanged
from core.history import History, Series
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE
from core.problems.solved_weights import suggest_weights
from core.training.settings import from_plain, to_plain

RAW = {"ce": 2.0, "spectrum": 0.5, "precursor": 400.0}
CONFIG = PeptideConfig(steps=100, balancing="schedule")


def run(config: PeptideConfig, stages: int) -> History:
    """Measure the same raw values in the first stages of a run."""
    schedule = PEPTIDE.schedule(config)
    told = schedule.stages[:stages]
    step = np.arange(told[-1].end_step)
    series = {
        f"train/{term}/raw": Series(f"train/{term}/raw", step, step * 1.0, np.full(len(step), raw))
        for term, raw in RAW.items()
    }
    began = tuple(
        StageChanged(stage.start_step, 0.0, stage.name, stage.end_step, stage.weights)
        for stage in told
    )
    targets = {name: (band.low_percent, band.high_percent) for name, band in config.targets.items()}
    started = RunStarted(0, 0.0, "peptide", to_plain(config), schedule.terms, 100, targets)
    return History(started, series=series, stages=began)


@pytest.mark.parametrize("stages", [3, 10])
def test_every_stage_gets_its_targets_also_those_that_are_not_reached(stages: int) -> None:
    action = suggest_weights(PEPTIDE, CONFIG, run(CONFIG, stages))
    assert action is not None
    changed = from_plain(PeptideConfig, {**to_plain(CONFIG), **action.change})
    weights = PEPTIDE.schedule(changed).weights
    raw = np.array([RAW[term] for term in PEPTIDE.terms])
    share = 100 * weights * raw / (weights @ raw)[:, None]
    several = (weights > 0).sum(axis=1) > 1
    for term, column in zip(PEPTIDE.terms, share.T, strict=True):
        low, high = CONFIG.targets[term].low_percent, CONFIG.targets[term].high_percent
        assert ((column[several] >= low) & (column[several] <= high)).all(), term
    np.testing.assert_array_equal(weights[:, 0], PEPTIDE.schedule(CONFIG).weights[:, 0])
    np.testing.assert_array_equal(weights > 0, PEPTIDE.schedule(CONFIG).weights > 0)
    assert suggest_weights(PEPTIDE, changed, run(changed, stages)) is None, "nothing is left to do"


def test_nothing_is_offered_where_there_is_nothing_to_solve() -> None:
    whole = run(CONFIG, 10)
    assert suggest_weights(PEPTIDE, replace(CONFIG, balancing="targets"), whole) is None
    assert suggest_weights(PEPTIDE, replace(CONFIG, solo="ce"), whole) is None
    assert suggest_weights(PEPTIDE, CONFIG, History()) is None
    assert suggest_weights(PEPTIDE, CONFIG, replace(whole, stages=())) is None
    bare = replace(whole, started=replace(whole.started, targets={}))
    assert suggest_weights(PEPTIDE, CONFIG, bare) is None
