import itertools

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.history import collect_history
from core.problems.experiment import Scored
from core.problems.new_runs import new_runs, preset_runs, solo_configs
from core.problems.running import run_folder
from core.problems.sidechain.atoms import EXISTS14, RESIDUES
from core.problems.sidechain.diffusion.bond_tree import to_side_chain
from core.problems.sidechain.diffusion.experiment import SIDE_CHAIN_DIFFUSION, run_name, score_lines
from core.problems.sidechain.diffusion.objective import diffusion_schedule
from core.problems.sidechain.diffusion.sampling import sample_residues
from core.problems.sidechain.diffusion.task import SAMPLE_SEED, build_task
from core.problems.sidechain.diffusion.trained import load_denoiser
from core.runs.folder import read_config
from core.runs.reader import read_arrays, read_history
from core.training.checkpoints import newest_checkpoint
from core.training.loop import train
from core.training.task import Task
from tests.core.problems.sidechain.diffusion.small_run import CPU, STAGE, small, small_task

CLOCKS = ("train/steps_per_s", "train/memory_mb")


def run(config, **options):
    task = build_task(config, CPU)
    return task, list(train(config, task, diffusion_schedule(config), **options))


def values(events):
    return {
        name: (series.step.tolist(), series.value.tolist())
        for name, series in collect_history(events).series.items()
        if name not in CLOCKS
    }


def test_the_task_keeps_the_contract_and_its_batches_are_a_pure_function_of_the_step():
    task, again = small_task(), small_task()
    assert isinstance(task, Task)
    for step in (7, 0, 30):
        one, other = vars(task.batch(step, STAGE)), vars(again.batch(step, STAGE))
        assert all(torch.equal(one[name], other[name]) for name in one)
    assert not torch.equal(task.batch(0, STAGE).noisy, task.batch(1, STAGE).noisy)


def test_a_batch_holds_training_residues_each_noised_several_times():
    task = small_task(residues=400, noises=3)
    batch = task.batch(5, STAGE)
    assert len(batch.type) == 8 * 3
    assert torch.equal(batch.clean[0], batch.clean[2])
    assert len(batch.sigma.unique()) == 24
    side = to_side_chain(batch.clean.double().numpy(), batch.type.numpy())
    known = task.data.coord[task.data.of("train")]
    for row in range(24):
        off = np.nan_to_num(np.abs(known[:, 4:] - side[row]), nan=9.0)
        absent = ~EXISTS14[int(batch.type[row]), 4:]
        assert off[:, ~absent].max(axis=(1, 2)).min() < 1e-5
    assert torch.equal(batch.exists, torch.tensor(EXISTS14[batch.type.numpy(), 4:]))


def test_noise_has_the_spread_that_was_asked_for():
    task = small_task(batch_size=512, noises=8)
    batch = task.batch(0, STAGE)
    scaled = (batch.noisy - batch.clean) / batch.sigma[:, None, None]
    assert float(scaled.std()) == pytest.approx(1.0, abs=0.02)
    assert float(batch.sigma.log().mean()) == pytest.approx(-1.2, abs=0.1)
    assert float(batch.sigma.log().std()) == pytest.approx(1.4, abs=0.1)


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_large_and_rare_types_are_drawn_by_the_power_that_was_asked_for(power):
    task = small_task(residues=2_000, large_first=power, batch_size=1_000, noises=1)
    drawn = np.bincount(
        np.concatenate([task.batch(s, STAGE).type for s in range(10)]), minlength=20
    )
    count = np.bincount(task.data.type[task.data.of("train")], minlength=20)
    atoms = EXISTS14[:, 4:].sum(axis=1)
    expected = np.where(atoms > 0, count * (atoms / np.maximum(count, 1)) ** power, 0.0)
    expected *= drawn.sum() / expected.sum()
    assert drawn[RESIDUES.index("GLY")] == 0
    assert (np.abs(drawn - expected) <= 5 * np.sqrt(expected + 1)).all()


@pytest.mark.parametrize("stop_at", [7, 8])
def test_stopped_and_resumed_is_the_unbroken_run_and_so_is_the_mean_of_its_weights(
    stop_at, tmp_path
):
    config = small(bond_loss_weight=0.1)
    whole, unbroken = run(config, checkpoints=tmp_path / "whole")
    asked = itertools.count()
    _, first = run(config, checkpoints=tmp_path, should_stop=lambda: next(asked) >= stop_at)
    assert (first[-1].outcome, first[-1].step) == ("stopped", stop_at)
    point, _ = newest_checkpoint(tmp_path)
    again, second = run(config, checkpoints=tmp_path, resume=point)
    kept = [event for event in first if event.step < stop_at]
    assert repr(values([*kept, *second])) == repr(values(unbroken))
    one, other = whole.model.state_dict(), again.model.state_dict()
    assert any(name.startswith("mean.module.") for name in one)
    assert int(one["mean.n_averaged"]) == config.steps
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_a_short_training_lowers_the_loss_and_sharpens_what_is_sampled():
    config = small(
        residues=400, width=64, steps=300, eval_every=300, batch_size=64, noises=4,
        sampling_steps=10,
    )  # fmt: skip
    _, events = run(config)
    found = values(events)
    loss = found["train/denoising/raw"][1]
    assert np.mean(loss[-30:]) < 0.7 * np.mean(loss[:10])
    before, after = found["val/bond_error"][1]
    assert after < 0.5 * before
    rmsd = {n: found[f"val/best_of_{n}_rmsd"][1][-1] for n in (1, 5)}
    assert rmsd[5] < rmsd[1] < found["val/best_of_1_rmsd"][1][0]


def test_each_term_alone_moves_the_network():
    for config in solo_configs(SIDE_CHAIN_DIFFUSION, small()):
        before = build_task(config, CPU).model.state_dict()
        task, events = run(config)
        after = task.model.state_dict()
        assert any(not torch.equal(before[name], after[name]) for name in before)
        assert all(f"train/{term}/raw" in values(events) for term in SIDE_CHAIN_DIFFUSION.terms)
        assert f"train/{config.solo}/share" in values(events)


def test_a_run_of_the_queue_records_tables_and_another_goes_on_with_its_model():
    (folder,) = new_runs(SIDE_CHAIN_DIFFUSION, [small(steps=6, eval_every=6)])
    assert run_folder(folder) == "finished"
    last = read_history(folder).series["test/bond_error"].value[-1]
    assert set(read_arrays(folder, "test_rings", 6)) >= {"ring", "sampled_flat", "real_count"}
    (after,) = new_runs(
        SIDE_CHAIN_DIFFUSION, [small(steps=6, eval_every=6, resume_from=folder.name)]
    )
    assert run_folder(after) == "finished"
    assert read_history(after).series["test/bond_error"].value[0] == last
    model, sampler = load_denoiser(folder.name)
    kept = read_arrays(folder, "test_samples", 6)
    again = sample_residues(
        model, kept["native"][:, :4], kept["type"], sampler=sampler, seed=SAMPLE_SEED
    )
    assert np.allclose(again, kept["pred"], atol=1e-3, equal_nan=True)
    with pytest.raises(InputError, match="no"):
        load_denoiser("nothing")


def test_presets_are_runs_and_the_sampler_does_not_make_another_training():
    pair = [read_config(f).config for f in preset_runs(SIDE_CHAIN_DIFFUSION, small(), "bond-loss")]
    assert [plain["bond_loss_weight"] for plain in pair] == [0.0, 1.0]
    (quick,) = preset_runs(SIDE_CHAIN_DIFFUSION, small(), "quick")
    assert read_config(quick).config["steps"] == 4_000
    curves = [
        values(run(small(steps=4, **sampler))[1])["train/total_loss"]
        for sampler in ({}, {"sampler": "heun", "sampling_steps": 2, "churn": 0.0})
    ]
    assert curves[0] == curves[1]


def test_an_evaluation_is_said_beside_the_real_residues():
    task = small_task(residues=400)
    said = score_lines(Scored(3, task.evaluate(STAGE).values, vars(small())))
    assert said[0].startswith("step 3: bonds off by ")
    assert said[0].count("(real ") == 4
    assert "best of 5" in said[1]


def test_a_run_is_named_by_its_loss_and_its_data():
    assert run_name(small()) == "diffusion, 100 synthetic residues"
    assert run_name(small(bond_loss_weight=1.0)).startswith("diffusion, with bond loss, ")
    assert run_name(small(solo="bond")).startswith("bond alone, ")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"solo": "atom"}, "solo"),
        ({"denoising_loss_weight": 0.0}, "bond_loss_weight"),
        ({"sigma_min_angstrom": 1.0, "sigma_max_angstrom": 0.5}, "sigma_min_angstrom"),
        ({"structures": "/nowhere"}, "structures"),
        ({"ema": 1.0}, "ema"),
    ],
)
def test_what_cannot_be_trained_is_refused(options, named):
    with pytest.raises(InputError, match=named):
        small(**options)


def test_real_residues_are_what_the_defaults_expect(shared_data):
    """Real residues in local frames: vectors have the spread that the default noise expects."""
    task = small_task(structures=str(shared_data / "structures" / "biotite"))
    vectors = task.vectors[EXISTS14[task.data.type, 4:]]
    assert np.sqrt((vectors**2).mean()) == pytest.approx(0.8, abs=0.1)
    of = task.sets["test"]
    assert of.values["real_bond_error"] < 0.03
    assert of.values["real_flat_rings"] > 0.95
    assert of.real.rings[-1].count > 20
