import numpy as np
import pytest
import torch

from core.errors import InputError
from core.events import Measured, Recorded, RunEnded
from core.metrics import read_key
from core.problems.experiments import EXPERIMENTS
from core.problems.peptide.balance import note_schedule
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE, peptide_schedule
from core.training.curriculum import Schedule, Stage
from core.training.loop import train

CPU = torch.device("cpu")


def test_the_default_schedule_is_the_notes_stretched_to_the_steps():
    schedule, note = peptide_schedule(PeptideConfig(steps=500)), note_schedule()
    assert schedule.total_steps == 500
    assert np.array_equal(schedule.weights, note.weights)
    assert [s.clean_share for s in schedule.stages] == [s.clean_share for s in note.stages]
    widths = [stage.sigma_da for stage in schedule.stages]
    assert (widths[0], widths[-1]) == (2.0, 0.25)
    ratios = np.divide(widths[1:], widths[:-1])
    assert ratios == pytest.approx(np.full(9, (0.25 / 2) ** (1 / 9)), rel=1e-4)


def test_a_schedule_of_ones_own_keeps_its_widths():
    weights = {"ce": 1.0, "spectrum": 0.0, "precursor": 0.0}
    own = Schedule(
        ("ce", "spectrum", "precursor"),
        (Stage("a", 0, 10, weights, sigma_da=0.7), Stage("b", 10, 20, weights, 0.5)),
    )
    schedule = peptide_schedule(PeptideConfig(schedule=own, steps=100))
    assert [s.end_step for s in schedule.stages] == [50, 100]
    assert [s.sigma_da for s in schedule.stages] == [0.7, 0.25]
    assert schedule.stages[1].clean_share == 0.5


def test_a_solo_run_has_one_term_on_clean_spectra_and_a_falling_width():
    schedule = peptide_schedule(PeptideConfig(solo="spectrum", steps=2000))
    assert [s.sigma_da for s in schedule.stages] == [2.0, 1.0, 0.5, 0.25]
    assert [s.steps for s in schedule.stages] == [500] * 4
    assert all(s.clean_share == 1.0 for s in schedule.stages)
    assert np.array_equal(schedule.weights, np.tile([0.0, 1.0, 0.0], (4, 1)))


def test_what_cannot_be_a_schedule_is_refused():
    foreign = Schedule(("mse",), (Stage("a", 0, 10, {"mse": 1.0}),))
    with pytest.raises(InputError, match="schedule, terms: expected exactly ce, spectrum"):
        peptide_schedule(PeptideConfig(schedule=foreign))
    with pytest.raises(InputError, match=r"^steps: "):
        peptide_schedule(PeptideConfig(steps=9))


def test_the_experiment_names_metrics_that_its_task_measures():
    task = PEPTIDE.build(PeptideConfig(width=16), CPU)
    measured = task.evaluate(PEPTIDE.schedule(PeptideConfig()).stages[0]).values
    assert PEPTIDE.primary in measured
    baseline = read_key(PEPTIDE.primary).spec.baseline
    assert f"val_easy/{baseline}" in measured
    for chart in PEPTIDE.charts:
        assert {line.key for line in chart.lines} <= set(measured)
    assert set(PEPTIDE.solo_notes) <= set(PEPTIDE.terms)
    assert EXPERIMENTS["peptide"] is PEPTIDE


def test_a_short_run_through_the_loop_learns_and_tells():
    config = PeptideConfig(steps=60, batch_size=32, width=32, recursions=2, eval_every=60, seed=1)
    events = list(train(config, PEPTIDE.build(config, CPU), PEPTIDE.schedule(config)))
    assert isinstance(events[-1], RunEnded)
    assert events[-1].outcome == "finished"
    told = [e for e in events if isinstance(e, Measured) and PEPTIDE.primary in e.values]
    ce = [e.values["val_easy/ce/raw"] for e in told]
    assert ce[-1] < ce[0] - 0.3
    assert {e.name for e in events if isinstance(e, Recorded)} >= {"val_easy_by_position"}
    steps = [e.values for e in events if isinstance(e, Measured) and "train/ce/share" in e.values]
    assert len(steps) == 60
    assert "train/spectrum/share" not in steps[0]  # stage 1 is cross-entropy alone
    assert "train/spectrum/share" in steps[-1]
