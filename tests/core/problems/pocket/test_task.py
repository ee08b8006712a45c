from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn.functional import cosine_similarity, cross_entropy, mse_loss

from core.metrics import read_key
from core.problems.pocket.experiment import pocket_schedule
from core.problems.pocket.model import FEATURES
from core.problems.pocket.task import SEEN, TERMS, with_epochs
from core.training.curriculum import Stage
from core.training.task import Task
from tests.core.problems.pocket.small import small, small_task

STAGE = Stage("x", 0, 10, {"cosine": 1.0, "mse": 0.5, "info_nce": 0.1})


def drawn(task, epoch: int) -> list[list[int]]:
    """The ligands of each batch of an epoch; every synthetic pocket has its own."""
    steps = range(epoch * task.epoch_steps, (epoch + 1) * task.epoch_steps)
    return [task.batch(step, STAGE).ligand.tolist() for step in steps]


def held_back(task, count: int):
    """The task without some of its 28 training pockets."""
    side = task.data.split.side.copy()
    side[task.data.split.of("train")[:count]] = 2
    return replace(task, data=replace(task.data, split=replace(task.data.split, side=side)))


@pytest.mark.parametrize("left", [28, 27, 5, 3, 2])
@pytest.mark.parametrize("batch_size", [2, 3, 9, 26, 27, 1024])
def test_each_epoch_visits_each_training_pocket_once_in_batches_of_nearly_one_size(
    batch_size: int, left: int
):
    task = held_back(small_task(batch_size=batch_size), 28 - left)
    training = task.data.ligand[task.data.split.of("train")].tolist()
    assert len(set(training)) == left
    orders = []
    for epoch in (0, 1, 7):
        batches = drawn(task, epoch)
        orders.append([ligand for batch in batches for ligand in batch])
        assert Counter(orders[-1]) == Counter(training)
        sizes = [len(batch) for batch in batches]
        assert max(sizes) - min(sizes) <= 1
        assert min(sizes) >= 2
        assert max(sizes) <= max(batch_size, 3)  # a last one alone joins another
    assert left < 5 or orders[0] != orders[1] != orders[2]


def test_a_batch_is_a_pure_function_of_seed_and_step():
    task, again, other = (small_task(seed=seed) for seed in (1, 1, 2))
    torch.rand(3)
    for step in (5, 0, 17, 5):
        torch.rand(step)
        one, same = task.batch(step, STAGE), again.batch(step, STAGE)
        assert torch.equal(one.target, same.target)
        assert torch.equal(one.graphs.distance, same.graphs.distance)
    assert drawn(task, 0) != drawn(other, 0)


def test_a_batch_holds_the_graphs_and_targets_of_its_pockets():
    task = small_task()
    batch = task.batch(3, STAGE)
    start = 0
    row = {ligand: index for index, ligand in enumerate(task.data.ligand.tolist())}
    for place, ligand in enumerate(batch.ligand.tolist()):
        index = row[ligand]
        assert np.array_equal(batch.target[place].numpy(), task.data.target[index])
        size = int(task.data.graphs.sizes[index])
        first = task.data.graphs.start[index]
        expected = task.data.graphs.element[first : first + size]
        assert batch.graphs.element[start : start + size].tolist() == expected.tolist()
        start += size
    assert batch.target.dtype == torch.float32


def test_terms_agree_with_those_of_torch():
    task = small_task(temperature=0.2)
    batch = task.batch(0, STAGE)
    with torch.no_grad():
        terms = task.losses(batch, STAGE, TERMS)
    pred, target = terms.output, batch.target
    assert tuple(terms.values) == task.terms == TERMS
    expected = {
        "cosine": 1 - cosine_similarity(pred, target),
        "mse": mse_loss(pred, target, reduction="none").mean(1),
    }
    logits = cosine_similarity(pred[:, None], target[None], dim=2) / 0.2
    own = torch.arange(len(pred))
    sides = [cross_entropy(table, own, reduction="none") for table in (logits, logits.T)]
    expected["info_nce"] = sum(sides) / 2
    for name, values in expected.items():
        assert torch.allclose(terms.values[name], values, rtol=1e-4, atol=1e-6), name


def test_pockets_of_one_ligand_are_no_negatives_of_each_other():
    task = small_task()
    batch = task.batch(0, STAGE)
    batch.ligand[:] = 7
    assert task.losses(batch, STAGE, ["info_nce"]).values["info_nce"].tolist() == [0.0] * 5


def test_only_wanted_terms_are_evaluated_and_each_has_a_gradient():
    task = small_task()
    batch = task.batch(0, STAGE)
    for name in TERMS:
        task.model.zero_grad()
        terms = task.losses(batch, STAGE, [name])
        assert list(terms.values) == [name]
        terms.values[name].mean().backward()
        assert sum(float(p.grad.abs().sum()) for p in task.shared if p.grad is not None) > 0


def test_the_same_seed_makes_the_same_model_and_leaves_the_random_state_alone():
    torch.manual_seed(7)
    before = torch.get_rng_state()
    first, again, other = (small_task(seed=seed).model.state_dict() for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["element.weight"], other["element.weight"])


def test_the_seed_of_the_data_decides_molecules_and_split_and_the_other_seed_does_not():
    task, seeded, other = small_task(), small_task(seed=9), small_task(split_seed=1)
    assert task.data.names == seeded.data.names
    assert np.array_equal(task.data.split.side, seeded.data.split.side)
    assert task.data.names != other.data.names


def test_epochs_become_steps_where_no_steps_are_given():
    task = small_task()
    training = len(task.data.split.of("train"))
    assert task.epoch_steps == -(-training // 5)
    config = with_epochs(task.config, task)
    assert (config.steps, config.eval_every) == (3 * task.epoch_steps, task.epoch_steps)
    given = with_epochs(small(steps=11, eval_every=4), task)
    assert (given.steps, given.eval_every) == (11, 4)
    assert with_epochs(config, task) == config
    assert pocket_schedule(config).total_steps == config.steps


def test_every_set_is_evaluated_with_every_metric_and_nothing_is_drawn():
    task = small_task()
    state, known = torch.get_rng_state(), np.random.get_state()[1]
    values = task.evaluate(STAGE).values
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(known, np.random.get_state()[1])
    names = {key.split("/")[1] for key in values if key.startswith("val/")}
    for split in ("val", "test", SEEN):
        assert {key for key in values if key.startswith(f"{split}/")} == {
            f"{split}/{name}" for name in names
        }
        whole = values[f"{split}/cosine_loss"] + values[f"{split}/avg_cosine_similarity"]
        assert whole == pytest.approx(1.0, abs=1e-12)
    assert {"mse_loss", "norm_ratio", "mrr", "recall_at_1", "recall_at_10"} <= names
    assert [values[f"model/{name}_weight"] for name in FEATURES] == [1.0, 1.0, 1.0]
    for key in values:
        assert key.startswith("model/") or read_key(key).spec.source, key


@pytest.mark.parametrize("together", [3, 128])
def test_what_is_evaluated_is_what_the_model_says_pocket_by_pocket(
    together: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("core.problems.pocket.task.EVALUATED_TOGETHER", together)
    task = small_task()
    task.model.eval()
    scores = task.evaluate(STAGE)
    for split, name in (("val", "val"), ("test", "test"), ("train", SEEN)):
        cosines, errors = [], []
        for index in task.data.split.of(split):
            batch = task._take(np.array([index]))
            with torch.no_grad():
                pred = task.model(batch.graphs)
            cosines.append(float(cosine_similarity(pred, batch.target)))
            errors.append(float(mse_loss(pred, batch.target)))
        found = scores.values[f"{name}/avg_cosine_similarity"]
        assert found == pytest.approx(np.mean(cosines), abs=1e-5)
        assert scores.values[f"{name}/mse_loss"] == pytest.approx(np.mean(errors), rel=1e-5)


def test_of_many_training_pockets_some_are_scored(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("core.problems.pocket.task.MOST_SEEN", 9)
    task, seeded = small_task(), small_task(seed=5)
    chosen = task.sets[SEEN][0]
    assert len(set(chosen.tolist())) == 9
    assert set(chosen.tolist()) <= set(task.data.split.of("train").tolist())
    assert np.array_equal(chosen, seeded.sets[SEEN][0])


def test_every_test_example_is_recorded_with_its_name_and_can_be_saved_without_pickle(tmp_path):
    task = small_task()
    scores = task.evaluate(STAGE)
    assert set(scores.arrays) == {"test_by_example"}
    recorded = scores.arrays["test_by_example"]
    np.savez(tmp_path / "a.npz", **recorded)
    with np.load(tmp_path / "a.npz", allow_pickle=False) as kept:
        told = dict(kept)
    chosen = task.data.split.of("test")
    assert told["name"].tolist() == [task.data.names[index] for index in chosen]
    assert told["ligand"].tolist() == task.data.ligand[chosen].tolist()
    mean = scores.values["test/avg_cosine_similarity"]
    assert told["cosine"].mean() == pytest.approx(mean, abs=1e-6)
    assert (1 / told["rank"]).mean() == pytest.approx(scores.values["test/mrr"], abs=1e-6)
    assert {"mse", "pred_norm", "target_norm"} <= set(told)
    assert {len(values) for values in told.values()} == {len(chosen)}


def test_it_is_a_task_that_says_where_its_data_come_from():
    task = small_task()
    assert isinstance(task, Task)
    assert task.floors == {}
    assert {id(p) for p in task.shared} == {id(p) for p in task.model.parameters()}
    assert "synthetic" in task.facts["training data"]
    assert task.facts["split"].startswith("by similarity: train 28 in")
