import json
from dataclasses import replace
from math import log

import numpy as np
import pytest
import torch

from core.errors import InputError
from core.events import Measured, StageChanged
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.data import load_pairs
from core.problems.molecule.epoch_steps import with_epochs
from core.problems.molecule.experiment import MOLECULE, molecule_schedule
from core.problems.molecule.task import build_task
from core.problems.new_runs import new_runs, preset_runs
from core.problems.running import run_folder
from core.runs.folder import read_config, read_meta, runs_home
from core.runs.launching import clear_stop
from core.runs.reader import read_arrays, read_history
from core.runs.status import read_status
from core.training.curriculum import Stage
from core.training.loop import train
from tests.core.problems.molecule.small import SMILES, describe, small, write_table

CPU = torch.device("cpu")
STAGE = Stage("any", 0, 1, {"info_nce": 1.0})


def events(config):
    task = build_task(config, CPU)
    ready = with_epochs(config, task)
    return task, list(train(ready, task, molecule_schedule(ready), experiment="molecule"))


def test_every_epoch_takes_each_training_pair_once(tmp_path):
    task = build_task(small(tmp_path, hard_negatives=True, hard_ratio=0.5), CPU)
    for epoch in range(2):
        steps = range(epoch * task.epoch_steps, (epoch + 1) * task.epoch_steps)
        texts = [tuple(row) for s in steps for row in task.batch(s, STAGE).text.numpy().round(5)]
        expected = [tuple(row) for row in task.data.vectors[task.training].round(5)]
        assert sorted(texts) == sorted(expected)


def test_a_batch_is_a_pure_function_of_its_step(tmp_path):
    config = small(tmp_path, hard_negatives=True, mask_atoms=0.2, drop_bonds=0.2)
    one, other = build_task(config, CPU), build_task(config, CPU)
    for step in (0, 9, 3):
        first, second = one.batch(step, STAGE), other.batch(step, STAGE)
        assert torch.equal(first.graphs.masked, second.graphs.masked)
        assert torch.equal(first.graphs.source, second.graphs.source)
        assert torch.equal(first.text, second.text)


def test_hard_batches_hold_texts_that_are_nearer_than_random_ones(tmp_path):
    def nearness(**options):
        task = build_task(small(tmp_path, **options), CPU)
        texts = [task.batch(step, STAGE).text for step in range(task.epoch_steps)]
        return np.mean([float((text @ text.T).triu(1).sum()) / 28 for text in texts[:-1]])

    hard = nearness(hard_negatives=True, hard_ratio=1.0)
    control = nearness(hard_negatives=True, hard_ratio=1.0, shuffle_neighbours=True)
    random = nearness()
    assert hard > random + 0.1
    assert abs(control - random) < 0.08


def test_the_curriculum_switches_at_its_epoch_and_stays_also_where_a_run_begins_behind_it(tmp_path):
    for start, border in ((0, 1), (1, 0), (2, 0)):
        config = small(tmp_path, hard_negatives=True, curriculum_epoch=1, start_epoch=start)
        task, told = events(config)
        length = task.epoch_steps
        is_hard = ["train/hard_filled" in e.values for e in told
                   if isinstance(e, Measured) and "train/total_loss" in e.values]  # fmt: skip
        assert len(is_hard) == (3 - start) * length
        assert is_hard == [step >= border * length for step in range(len(is_hard))]
        stages = [e.stage for e in told if isinstance(e, StageChanged)]
        assert stages == (["random", "hard"] if border else ["hard"])


def test_an_epoch_goes_on_in_its_middle_as_if_it_had_never_stopped(tmp_path):
    config = small(tmp_path, hard_negatives=True, curriculum_epoch=1, mask_atoms=0.1)
    (whole,) = new_runs(MOLECULE, [config])
    assert run_folder(whole) == "finished"
    (parts,) = new_runs(MOLECULE, [config])
    count = 0

    def stop_in_the_middle(event) -> None:
        nonlocal count
        count += isinstance(event, Measured) and "train/total_loss" in event.values
        if count == 7:
            (parts / "stop").touch()

    assert run_folder(parts, tell=stop_in_the_middle) == "stopped"
    clear_stop(parts)
    assert run_folder(parts) == "finished"
    one, other = read_history(whole), read_history(parts)
    for key in ("train/info_nce/raw", "val/mrr", "val_probe/info_nce/raw", "train/hard_similarity"):
        assert np.array_equal(one.series[key].value, other.series[key].value), key
    logs = [
        json.loads((folder / f"run_{folder.name}" / "training_logs.json").read_text())
        for folder in (whole, parts)
    ]
    assert logs[0] == logs[1]
    assert [entry["epoch"] for entry in logs[0]["epochs"]] == [1, 2, 3]
    assert logs[0]["epochs"][0]["hard_filled"] is None  # not 0
    assert logs[0]["epochs"][2]["hard_filled"] > 0.5
    assert logs[0]["config"]["curriculum_epoch"] == 1
    arrays = read_arrays(whole, "test_by_pair", one.recorded["test_by_pair"][-1])
    mrr = (1 / arrays["rank"]).mean()
    assert mrr == pytest.approx(one.series["test/mrr"].value[-1], rel=1e-5)


def test_chance_and_probe_are_told_with_every_run(tmp_path):
    task, told = events(small(tmp_path))
    values = [e.values for e in told if isinstance(e, Measured)]
    sizes = [len(task.batch(step, STAGE).text) for step in range(task.epoch_steps)]
    chance = [v["train/chance_loss"] for v in values if "train/chance_loss" in v]
    assert chance[: len(sizes)] == pytest.approx([log(size) for size in sizes])
    probes = [v["val_probe/info_nce/raw"] for v in values if "val_probe/info_nce/raw" in v]
    assert len(probes) == 4
    assert probes[-1] < probes[0]


def test_equal_texts_and_equal_molecules_are_no_negatives_and_stay_on_one_side(tmp_path):
    rows = [(f"m{n}", smiles, describe(smiles)) for n, smiles in enumerate(SMILES)]
    rows += [
        ("twin", "OC(=O)c1ccccc1", "AN ACID ON A CHAIN OF 3 CARBONS"),
        ("same", "OCC", "an alcohol"),
    ]
    config = small(tmp_path, pairs=str(write_table(tmp_path / "twins.csv", rows)))
    data = load_pairs(config)
    place = {name: n for n, name in enumerate(data.names)}
    text = next(n for n, t in enumerate(data.texts) if t == "an acid on a chain of 3 carbons")
    ring = next(n for n, s in enumerate(SMILES) if s == "c1ccccc1C(=O)O")
    alcohol = next(n for n, s in enumerate(SMILES) if s == "CCO")
    assert data.label[place["twin"]] == data.label[text] == data.label[place[f"m{ring}"]]
    assert data.label[place["same"]] == data.label[place[f"m{alcohol}"]]
    for label in set(data.label.tolist()):
        assert len(set(data.split.side[data.label == label].tolist())) == 1
    kept = load_pairs(config)
    assert kept.texts == data.texts
    assert np.array_equal(kept.vectors, data.vectors)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hard_ratio": 1.5}, "hard_ratio: expected 0 to 1"),
        ({"batch_size": 1}, "batch_size: expected 2 to"),
        ({"start_epoch": 3}, "start_epoch: expected less than the 3 epochs"),
        ({"heads": 3}, "heads: expected a divisor of the width 16"),
        ({"minimum_rank": 6}, "minimum_rank: expected less than the 6 neighbours"),
        ({"pairs": "nowhere.csv"}, "pairs: expected a file that is there"),
        ({"scheduler": "step"}, "scheduler: expected one of constant, cosine"),
    ],
)
def test_an_impossible_option_is_refused(tmp_path, options, says):
    with pytest.raises(InputError, match=says):
        small(tmp_path, **options)


def test_more_neighbours_than_pairs_are_refused(tmp_path):
    with pytest.raises(InputError, match="k"):
        build_task(small(tmp_path, hard_negatives=True, hardness_k=500), CPU)


def test_a_chain_goes_on_from_run_to_run_and_counts_epochs_through(tmp_path):
    config = small(tmp_path, hardness_k=4)
    folders = preset_runs(MOLECULE, replace(config, epochs=30), "progressive")
    configs = [read_config(folder).config for folder in folders]
    assert [c["start_epoch"] for c in configs] == [0, 10, 20]
    assert [c["epochs"] for c in configs] == [10, 20, 25]
    assert [c["resume_from"] for c in configs] == ["", folders[0].name, folders[1].name]
    with_less = [replace(MoleculeConfig(), **{"resume_from": folders[0].name})]
    assert new_runs(MOLECULE, with_less)  # it may wait for that one
    assert run_folder(folders[1]) == "failed"  # out of its turn
    assert "a run with a checkpoint" in read_status(folders[1]).message
    with pytest.raises(InputError, match="preset: expected one of cold-start"):
        preset_runs(MOLECULE, config, "hot")


def test_a_preset_for_a_trained_model_is_refused_without_one(tmp_path):
    with pytest.raises(InputError, match="resume_from: expected a run or file"):
        preset_runs(MOLECULE, small(tmp_path, hardness_k=4), "resume")


def test_epochs_that_nothing_made_are_refused(tmp_path):
    config = small(tmp_path, hardness_k=4)
    with pytest.raises(InputError, match="start_epoch: expected 0, as the run begins with a new"):
        new_runs(MOLECULE, [replace(config, start_epoch=1)])
    (first,) = new_runs(MOLECULE, [config])
    assert new_runs(MOLECULE, [replace(config, start_epoch=1, resume_from=first.name)])


def test_a_preset_is_made_for_every_combination_of_a_sweep(tmp_path):
    config = small(tmp_path, hardness_k=4)
    folders = preset_runs(MOLECULE, config, "control", "seed=0..2")
    configs = [read_config(folder).config for folder in folders]
    assert len({read_meta(folder).group for folder in folders}) == 1
    assert [c["seed"] for c in configs] == [0] * 5 + [1] * 5 + [2] * 5
    assert [c["shuffle_neighbours"] for c in configs] == [False, False, False, False, True] * 3
    assert read_meta(folders[5]).name == "Note's table, random, seed 1"
    chains = preset_runs(MOLECULE, config, "progressive", "seed=4,5")
    goes_on = [read_config(folder).config["resume_from"] for folder in chains]
    assert goes_on == ["", chains[0].name, chains[1].name, "", chains[3].name, chains[4].name]
    with pytest.raises(InputError, match="leaves open, came epochs"):
        preset_runs(MOLECULE, config, "progressive", "epochs=3,4")


def test_a_run_goes_on_with_the_model_of_another_or_of_a_file(tmp_path):
    config = small(tmp_path, epochs=2)
    (first,) = new_runs(MOLECULE, [config])
    assert run_folder(first) == "finished"
    task = build_task(replace(config, resume_from=first.name), CPU)
    fresh = build_task(config, CPU)
    assert not torch.equal(task.model.text_head[0].weight, fresh.model.text_head[0].weight)
    path = tmp_path / "contrastive_model.pt"
    torch.save(task.model.state_dict(), path)
    again = build_task(replace(config, resume_from=str(path)), CPU)
    for one, other in zip(task.model.parameters(), again.model.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(InputError, match="the parameters of this model"):
        build_task(replace(config, resume_from=first.name, width=8), CPU)
    path.write_bytes(b"no model")
    with pytest.raises(InputError, match="a plain state dict"):
        build_task(replace(config, resume_from=str(path)), CPU)
    before = len(list(runs_home().iterdir()))
    with pytest.raises(InputError):
        new_runs(MOLECULE, [replace(config, resume_from="nowhere")])
    assert len(list(runs_home().iterdir())) == before
