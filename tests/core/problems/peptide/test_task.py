import numpy as np
import pytest
import torch

from core.losses.deep_supervision import deep_supervision
from core.metrics import read_key
from core.problems.peptide.config import PeptideConfig, SpectrumOptions
from core.problems.peptide.experiment import peptide_schedule
from core.problems.peptide.objective import TERMS, objective
from core.problems.peptide.residues import PLAIN_VOCABULARY
from core.problems.peptide.task import PeptideTask, build_task
from core.training.curriculum import Stage

CPU = torch.device("cpu")
STAGE = Stage("x", 0, 10, {"ce": 1.0, "spectrum": 0.1, "precursor": 0.1}, 0.5, sigma_da=1.0)


def small(**options: object) -> PeptideTask:
    chosen = {"batch_size": 6, "width": 16, "recursions": 2, **options}
    return build_task(PeptideConfig(**chosen), CPU)


def test_terms_are_those_of_the_objective():
    task = small()
    batch = task.batch(3, STAGE)
    with torch.no_grad():
        terms = task.losses(batch, STAGE, TERMS)
    assert tuple(terms.values) == task.terms == TERMS
    assert terms.output.shape[0] == 6
    expected = objective(
        terms.output.transpose(0, 1),
        batch.target,
        batch.mask,
        batch.observed,
        batch.precursor_mass_da,
        STAGE.weights,
        precursor_loss=task.config.precursor_loss,
        options=SpectrumOptions(sigma_da=1.0),
        vocabulary=PLAIN_VOCABULARY,
    )
    for name, value in terms.values.items():
        assert value.shape == (6,)
        assert float(value.mean()) == pytest.approx(float(expected.terms[name]), rel=1e-5)


def test_only_wanted_terms_are_evaluated(monkeypatch: pytest.MonkeyPatch):
    task = small()
    monkeypatch.setattr("core.problems.peptide.objective.residues_to_front", None)
    terms = task.losses(task.batch(0, STAGE), STAGE, ["ce"])
    assert list(terms.values) == ["ce"]


def test_gradients_reach_the_parameters_and_the_output_of_every_term():
    task = small()
    terms = task.losses(task.batch(0, STAGE), STAGE, TERMS)
    for name, value in terms.values.items():
        pulled = torch.autograd.grad(
            value.sum(), [terms.output, *task.shared], retain_graph=True, allow_unused=True
        )
        assert pulled[0] is not None, name
        assert float(pulled[0].flatten(1).abs().amax(1).min()) > 0, name
        assert sum(p is not None for p in pulled[1:]) == len(pulled) - 1, name


def test_the_same_seed_makes_the_same_task_and_leaves_the_random_state_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, again, other = small(seed=1), small(seed=1), small(seed=2)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(first.model.place, again.model.place)
    assert not torch.equal(first.model.place, other.model.place)
    assert torch.equal(first.batch(4, STAGE).target, again.batch(4, STAGE).target)


def test_evaluation_draws_nothing_and_tells_both_sets():
    task = small()
    state, drawn = torch.get_rng_state(), np.random.get_state()[1]
    values = task.evaluate(STAGE).values
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(drawn, np.random.get_state()[1])
    assert values["val_easy/peptides"] == values["val_hard/peptides"] == 72
    named = {key.split("/")[1] for key in values}
    assert {"residue_accuracy", "ppm_error", "special_probability", "residue_recall"} <= named
    assert values == task.evaluate(STAGE).values
    for key in values:
        assert read_key(key).spec.label, key


def test_evaluated_cross_entropy_is_that_of_the_held_out_set():
    task = small()
    batch = task.held_out["val_hard"]
    with torch.no_grad():
        logits = task.model(batch.observed, batch.precursor_mass_da).transpose(0, 1)
    expected = float(deep_supervision(logits, batch.target, batch.mask).total.mean())
    assert task.evaluate(STAGE).values["val_hard/ce/raw"] == pytest.approx(expected, rel=1e-5)


def test_arrays_can_be_saved_without_pickle(tmp_path):
    evaluation = small().evaluate(STAGE)
    assert set(evaluation.arrays) >= {"val_easy_by_position", "val_hard_by_example"}
    for name, arrays in evaluation.arrays.items():
        np.savez(tmp_path / f"{name}.npz", **arrays)
        with np.load(tmp_path / f"{name}.npz", allow_pickle=False) as loaded:
            assert set(loaded) == set(arrays)


@pytest.mark.parametrize(
    ("solo", "given"), [("", False), ("ce", False), ("spectrum", True), ("precursor", True)]
)
def test_the_length_is_given_only_where_no_label_teaches_it(solo: str, given: bool):
    task = small(solo=solo)
    assert task.length_given is given
    assert ("is given" in task.facts["number of residues"]) is given
    batch = task.batch(0, STAGE)
    told = batch.length if given else None
    expected = task.model(batch.observed, batch.precursor_mass_da, told)
    assert torch.equal(task.losses(batch, STAGE, ["ce"]).output, expected)


def test_noise_can_be_switched_off():
    batch = small(noise=False).batch(0, STAGE)
    assert bool(batch.clean.all())
    assert not bool(small().batch(0, STAGE).clean.all())


def test_a_term_is_solved_at_ten_ppm_whatever_the_precursor_loss():
    for name, expected in (("log_scaled", 100 * np.log1p(0.1)), ("log_ratio", np.log1p(1e-4))):
        assert small(precursor_loss=name).floors["precursor"] == pytest.approx(expected, rel=1e-3)


def test_stage_width_decides_the_spectrum_term():
    task = small()
    batch = task.batch(0, STAGE)
    stages = [Stage("x", 0, 1, STAGE.weights, sigma_da=sigma_da) for sigma_da in (2.0, 0.25)]
    with torch.no_grad():
        values = [task.losses(batch, stage, ["spectrum"]).values["spectrum"] for stage in stages]
    wide, narrow = (float(value.mean()) for value in values)
    assert narrow > wide
    assert peptide_schedule(task.config).stages[0].sigma_da == 2.0
