import itertools
from dataclasses import replace
from math import ceil, exp, log, sqrt

import numpy as np
import pytest
import torch
from torch.nn.functional import huber_loss

from core.history import collect_history
from core.problems.new_runs import new_runs, preset_runs, solo_configs
from core.problems.running import run_folder
from core.problems.sidechain.atoms import ELEMENT14, EXISTS14, RESIDUES
from core.problems.sidechain.evaluation import BY_RESIDUE, BY_SLOT, exists_only, score
from core.problems.sidechain.experiment import SIDE_CHAIN
from core.problems.sidechain.objective import atom_loss, pairwise_error, sidechain_schedule
from core.problems.sidechain.task import build_task
from core.problems.sidechain.versions.of_runs import version_of_arrays
from core.representations.density import encode
from core.runs.folder import read_config
from core.runs.reader import read_arrays, read_history
from core.training.checkpoints import newest_checkpoint
from core.training.loop import train
from core.training.task import Task
from tests.core.problems.sidechain.small_run import CPU, STAGE, small, small_task

CLOCKS = ("train/steps_per_s", "train/memory_mb")


def run(config, **options):
    task = build_task(config, CPU)
    events = list(train(config, task, sidechain_schedule(config), **options))
    return task, events


def values(events):
    return {
        name: (series.step.tolist(), series.value.tolist())
        for name, series in collect_history(events).series.items()
        if name not in CLOCKS
    }


def residues(count: int, seed: int = 0):
    """Random places in random types, and which slots exist."""
    generator = torch.Generator().manual_seed(seed)
    type = torch.randint(0, 20, (count,), generator=generator)
    exists = torch.from_numpy(EXISTS14[type.numpy()])
    pred, native = (3 * torch.randn(count, 14, 3, generator=generator) for _ in range(2))
    return pred.double(), torch.where(exists[..., None], native, torch.nan).double(), exists


def test_the_task_keeps_the_contract_and_its_batches_are_a_pure_function_of_the_step():
    task, again = small_task(), small_task()
    assert isinstance(task, Task)
    assert task.terms == ("atom", "type")
    for step in (7, 0, 30):
        one, other = task.batch(step, STAGE), again.batch(step, STAGE)
        assert torch.equal(one.density, other.density)
        assert torch.equal(one.type, other.type)
    drawn = [task.batch(s, STAGE).coord for s in range(task.epoch_steps)]
    rows = np.nan_to_num(np.concatenate([part.numpy() for part in drawn])).reshape(-1, 42)
    expected = np.nan_to_num(task.data.coord[task.data.of("train")]).reshape(-1, 42)
    assert np.array_equal(np.unique(rows, axis=0), np.unique(expected, axis=0))


def test_a_density_is_that_of_the_atoms_cut_at_tau():
    plain, cut = (small_task(sh_tau_threshold=tau).batch(0, STAGE) for tau in (0.0, 0.2))
    type = plain.type.numpy()
    element = torch.from_numpy(np.where(EXISTS14[type], ELEMENT14[type], -1))
    alone = encode(plain.coord[:1], element[:1], basis=small_task().basis)
    assert torch.allclose(plain.density[:1], alone, atol=1e-6)
    small_ones = plain.density.abs() <= 0.2
    assert bool((cut.density[small_ones] == 0).all())
    assert torch.equal(cut.density[~small_ones], plain.density[~small_ones])
    assert plain.density.shape[1:] == (4, 16, 8)


def test_the_parts_of_the_atom_loss_are_those_of_a_plain_loop():
    pred, native, exists = residues(6)
    atoms = int(exists.sum())
    per_residue = atoms / 6
    places = [[slot for slot in range(14) if exists[row, slot]] for row in range(6)]
    mse, huber, inside, across = ([0.0] * 6 for _ in range(4))
    pairs = sum(len(own) ** 2 for own in places)
    every = [(row, slot) for row in range(6) for slot in places[row]]
    for row, own in enumerate(places):
        for slot in own:
            off = pred[row, slot] - native[row, slot]
            mse[row] += float(off @ off) / per_residue
            one = huber_loss(pred[row, slot], native[row, slot], reduction="sum")
            huber[row] += float(one) / per_residue
            for other, place in every:
                error = float(
                    (pred[row, slot] - pred[other, place]).norm()
                    - (native[row, slot] - native[other, place]).norm()
                )
                across[row] += error**2 * 6 / atoms**2
                inside[row] += error**2 * 6 / pairs if other == row else 0.0
    told = {
        ("mse", "batch"): mse,
        ("huber", "batch"): huber,
        ("pairwise", "batch"): across,
        ("pairwise", "residue"): inside,
    }
    for (part, scope), expected in told.items():
        found = atom_loss(pred, native, exists, parts=[part], pairs=scope)
        assert found.tolist() == pytest.approx(expected, rel=1e-9), (part, scope)
    whole = atom_loss(pred, native, exists, parts=["mse", "huber", "pairwise"], pairs="batch")
    summed = [a + b + c for a, b, c in zip(mse, huber, across, strict=True)]
    assert whole.tolist() == pytest.approx(summed)


@pytest.mark.parametrize("scope", ["batch", "residue"])
def test_the_truth_costs_nothing_and_slots_that_do_not_exist_do_not_count(scope):
    pred, native, exists = residues(5)
    parts = ["mse", "huber", "pairwise"]
    perfect = torch.where(exists[..., None], native, pred).requires_grad_()
    loss = atom_loss(perfect, native, exists, parts=parts, pairs=scope)
    assert loss.tolist() == pytest.approx([0.0] * 5)
    loss.sum().backward()
    assert perfect.grad is not None
    assert bool(perfect.grad.isfinite().all())
    other = torch.where(exists[..., None], pred, 99.0)
    pair = [atom_loss(p, native, exists, parts=parts, pairs=scope) for p in (pred, other)]
    assert torch.equal(*pair)
    together = torch.zeros(5, 14, 3, dtype=torch.float64, requires_grad=True)
    pairwise_error(together, torch.nan_to_num(native), exists, pairs=scope).sum().backward()
    assert together.grad is not None
    assert bool(together.grad.isfinite().all())  # atoms on one place


def test_a_linear_output_learns_a_handful_by_heart_and_a_bare_tanh_cannot_leave_its_box():
    reached = {}
    for output in ("linear", "tanh8", "tanh"):
        config = small(output=output, steps=300, eval_every=300, learning_rate=3e-3, batch_size=12)
        task = build_task(config, CPU)
        few = replace(task.data, side=np.where(np.arange(100) < 12, 0, 1))
        task = replace(task, data=few)
        list(train(config, task, sidechain_schedule(config)))
        batch = task.batch(0, STAGE)
        with torch.no_grad():
            decoded = task.model(batch.density)
        off = (decoded.coord - batch.coord)[batch.exists].square().sum(-1)
        reached[output] = float(off.mean().sqrt())
        assert decoded.logits.argmax(1).tolist() == batch.type.tolist()
        limit = {"tanh": 1.0, "tanh8": 8.0, "linear": np.inf}[output]
        assert float(decoded.coord.abs().max()) <= limit
        least = (batch.coord - batch.coord.clamp(-limit, limit))[batch.exists].square().sum(-1)
        assert reached[output] >= float(least.mean().sqrt()) - 1e-6
    assert reached["linear"] < 0.25
    assert reached["tanh8"] < 0.35
    assert reached["tanh"] > 1.2


def test_metrics_are_those_of_a_plain_loop():
    task = small_task(output="tanh")
    of = task.sets["val"]
    coord, logits = task._predict(of.rows)
    found = task.evaluate(STAGE)
    total = {name: [0.0, 0] for name in ("rmsd", "sidechain_rmsd", "backbone_rmsd")}
    nats, right, near = 0.0, 0, []
    by_residue, bins = [], {}
    for row, kind in enumerate(of.type.tolist()):
        top = logits[row].max()
        nats += log(sum(exp(v - top) for v in logits[row])) - (logits[row][kind] - top)
        is_right = int(np.argmax(logits[row]) == kind)
        right += is_right
        sure = 1 / sum(exp(v - top) for v in logits[row])
        bins.setdefault(ceil(10 * sure), []).append((is_right, sure))
        errors = [((coord[row, s] - of.native[row, s]) ** 2).sum() for s in range(4, 14)
                  if EXISTS14[kind, s]]  # fmt: skip
        by_residue += [sqrt(np.mean(errors))] if errors else []
        for slot in range(14):
            if not EXISTS14[kind, slot]:
                continue
            error = float(((coord[row, slot] - of.native[row, slot]) ** 2).sum())
            near += [abs(abs(v) - 1.0) <= 0.01 for v in coord[row, slot]]
            for name in ("rmsd", "sidechain_rmsd" if slot > 3 else "backbone_rmsd"):
                total[name][0] += error
                total[name][1] += 1
    expected = {name: sqrt(error / count) for name, (error, count) in total.items()}
    expected |= {"perplexity": exp(nats / len(of.type)), "at_bound": float(np.mean(near)),
                 "sequence_accuracy": right / len(of.type),
                 "mean_residue_rmsd": float(np.mean(by_residue))}  # fmt: skip
    gaps = [
        abs(sum(ok for ok, _ in told) - sum(sure for _, sure in told)) for told in bins.values()
    ]
    expected["calibration_error"] = sum(gaps) / len(of.type)
    for name, value in expected.items():
        assert found.values[f"val/{name}"] == pytest.approx(value), name
    table = found.arrays[BY_SLOT]
    assert table["count"].sum() == total["rmsd"][1]
    pooled = sqrt(np.nansum(table["rmsd"] ** 2 * table["count"]) / table["count"].sum())
    assert pooled == pytest.approx(expected["rmsd"], rel=1e-5)
    record = found.arrays[BY_RESIDUE]
    assert record["pred"].dtype == np.float32
    training = task.data.of("train")
    alanine = [task.data.coord[row, 4] for row in training if task.data.type[row] == 0]
    assert record["training_count"][0, 4] == len(alanine)
    assert record["training_mean"][0, 4] == pytest.approx(sum(alanine) / len(alanine), abs=1e-4)
    assert version_of_arrays("run", record).means.residues == len(training)
    assert np.array_equal(np.isfinite(record["pred"]), np.isfinite(record["native"]))


def test_baselines_stand_beside_and_a_constant_prediction_scores_as_they_do():
    task = small_task(residues=400)
    of = task.sets["val"]
    logits = np.zeros((len(of.type), 20))
    found, _ = score(of.constants["slot_mean"], logits, of, bound=None, renames=False)
    assert found["rmsd"] == pytest.approx(found["slot_mean_rmsd"])
    assert found["sidechain_rmsd"] == pytest.approx(found["slot_mean_sidechain_rmsd"])
    assert found["type_mean_sidechain_rmsd"] < found["slot_mean_sidechain_rmsd"]
    assert found["constant_distance"] == pytest.approx(0.0, abs=1e-9)
    assert found["perplexity"] == pytest.approx(20.0)
    clamped, _ = score(np.nan_to_num(of.native).clip(-1, 1), logits, of, bound=1.0, renames=False)
    assert clamped["sidechain_rmsd"] == pytest.approx(clamped["clamp_sidechain_rmsd"])
    assert clamped["at_bound"] > 0.3
    assert clamped["fitted_bound"] == pytest.approx(1.0, abs=0.02)
    assert clamped["clamp_distance"] < 0.02 < clamped["constant_distance"]


def test_renaming_never_makes_the_whole_worse():
    task = small_task(residues=400)
    of = task.sets["test"]
    coord, logits = task._predict(of.rows)
    plain, renamed = (
        score(coord, logits, of, bound=None, renames=renames)[0] for renames in (False, True)
    )
    assert renamed["rmsd"] <= plain["rmsd"]
    assert np.isnan(exists_only(coord, of.type)[of.type == RESIDUES.index("GLY"), 4:]).all()


@pytest.mark.parametrize("stop_at", [7, 8, 9])
def test_stopped_and_resumed_is_the_unbroken_run(stop_at, tmp_path):
    config = small(sh_tau_threshold=0.05)
    whole, unbroken = run(config, checkpoints=tmp_path / "whole")
    asked = itertools.count()
    _, first = run(config, checkpoints=tmp_path, should_stop=lambda: next(asked) >= stop_at)
    assert (first[-1].outcome, first[-1].step) == ("stopped", stop_at)
    point, _ = newest_checkpoint(tmp_path)
    again, second = run(config, checkpoints=tmp_path, resume=point)
    kept = [event for event in first if event.step < stop_at]
    assert repr(values([*kept, *second])) == repr(values(unbroken))
    one, other = whole.model.state_dict(), again.model.state_dict()
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_term_alone_trains_only_its_own_head():
    for config in solo_configs(SIDE_CHAIN, small()):
        before = build_task(config, CPU).model.state_dict()
        task, events = run(config)
        after = task.model.state_dict()
        moved = {name for name in before if not torch.equal(before[name], after[name])}
        heads = {"atom": "atoms.weight", "type": "types.weight"}
        assert [term for term, name in heads.items() if name in moved] == [config.solo]
        assert "first.weight" in moved
        assert all(f"train/{term}/raw" in values(events) for term in SIDE_CHAIN.terms)


def test_the_notes_chain_goes_on_with_the_model_of_its_first_run():
    folders = preset_runs(SIDE_CHAIN, small(steps=6), "note")
    told = [read_config(folder).config for folder in folders]
    assert [c["resume_from"] for c in told] == ["", folders[0].name]
    assert [c["sh_tau_threshold"] for c in told] == [0.2, 0.0]
    assert run_folder(folders[1]) == "failed"  # out of its turn
    assert run_folder(folders[0]) == "finished"
    assert run_folder(folders[1]) == "finished"
    first, second = (read_history(folder) for folder in folders)
    assert "train/type/share" not in second.series
    last, begun = first.series["val/perplexity"].value[-1], second.series["val/perplexity"].value[0]
    assert begun != last  # another threshold
    (same,) = new_runs(
        SIDE_CHAIN, [small(steps=6, output="tanh", sh_tau_threshold=0.2,
                           resume_from=folders[0].name)]
    )  # fmt: skip
    assert run_folder(same) == "finished"
    assert read_history(same).series["val/perplexity"].value[0] == last
    arrays = read_arrays(same, BY_RESIDUE, 6)
    assert set(arrays) == {"pred", "native", "type", "pred_type", "name", "group",
                           "training_mean", "training_count"}  # fmt: skip
