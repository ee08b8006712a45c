"""The numbers of the note on hard negatives, against enumeration, plain loops and measurements."""

from math import log, sqrt
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdFingerprintGenerator

from core.claims.hard_negatives_faults import EPOCHS, FAULT_AT, faulty_runs
from core.claims.hard_negatives_neighbours import DRUGS
from core.claims.hard_negatives_note import HARD_NEGATIVES_NOTE
from core.claims.hard_negatives_switch import alarms
from core.claims.inputs import DEFAULT, Inputs
from core.claims.judge import judge
from core.claims.ledger import find_claim
from core.claims.molecule_data import text_set
from core.claims.recorded import recorded_runs
from core.claims.registry import RECOMPUTE
from core.problems.molecule.explore import SAMPLE

T_OF_3_SEEDS = 4.30265  # Student's t, 97.5 %, 2 degrees of freedom
OF_RUNS = [name for name, recipe in HARD_NEGATIVES_NOTE.items() if "runs" in recipe.reads]


def test_drugs_by_sets_of_bits(recomputed):
    make = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2_048)
    bits = {name: set(make.GetFingerprint(Chem.MolFromSmiles(smiles)).GetOnBits())
            for name, smiles in DRUGS.items()}  # fmt: skip
    found = recomputed("S3-01").values
    for one, other in (("aspirin", "ibuprofen"), ("aspirin", "paracetamol")):
        shared, either = len(bits[one] & bits[other]), len(bits[one] | bits[other])
        assert found[f"{one}_{other}"].value == pytest.approx(shared / either)
    assert found["ibuprofen_paracetamol"].value == pytest.approx(0.184, abs=1e-3)


def test_hard_slots_of_an_epoch(recomputed):
    found = recomputed("S3-02").values
    assert found["asked_percent"].value == pytest.approx(100 * 15 / 31)
    assert found["filled_planned_percent"].value > found["filled_last_percent"].value + 10
    told = recomputed("S3-03").values
    assert told["filled_first_percent"].value > told["filled_last_percent"].value


def test_neighbours_by_the_whole_matrix(recomputed):
    data = text_set(DEFAULT)
    unit = data.vectors / np.linalg.norm(data.vectors, axis=1, keepdims=True)
    cosine = unit.astype(float) @ unit.T.astype(float)
    np.fill_diagonal(cosine, -2)
    ordered = -np.sort(-cosine, axis=1)
    told = {row["k"]: row["mean cosine"] for row in recomputed("S3-04").rows}
    assert told[30.0] == pytest.approx(ordered[:, :30].mean(), abs=1e-4)
    above = 100 * (ordered[:, 0] > 0.95).mean()
    assert recomputed("S3-05").values["near_duplicates_percent"].value == pytest.approx(above, 0.02)
    assert recomputed("S3-05").values["masked_percent"].value == 0


def test_arithmetic_of_the_table(recomputed):
    found = recomputed("S3-14").values
    assert found["gain_05"].value == pytest.approx(100 * (0.427 - 0.385) / 0.385)
    assert found["gain_07"].value == pytest.approx(17.66, abs=0.01)
    assert recomputed("S3-12").values["chance_loss"].value == pytest.approx(log(32))
    assert recomputed("S3-20").values["memory_gb_100000"].value == 40


def test_six_of_one_cluster_by_drawing(recomputed):
    generator = np.random.default_rng(0)
    cluster = np.repeat(np.arange(5), 20)
    drawn = np.array([np.bincount(generator.choice(cluster, 10, replace=False), minlength=5).max()
                      for _ in range(20_000)])  # fmt: skip
    found = recomputed("S3-21").values["chance_of_6_percent"].value
    assert found == pytest.approx(100 * (drawn >= 6).mean(), abs=0.4)


def test_epochs_of_a_run_that_goes_on(recomputed):
    assert recomputed("S3-24").values["epochs_run"].value == 20 - 10
    assert recomputed("S3-08").values["first_hard_epoch"].value == 6
    assert [row["epochs"] for row in recomputed("S3-24").rows] == [10, 10, 5]


def _last_mrr(ratio: float, curriculum: int, *, hard: bool = True) -> dict[int, float]:
    told = {}
    for run in recorded_runs(DEFAULT, "molecule"):
        options = run.history.started.config
        if hard != options["hard_negatives"] or options["shuffle_neighbours"]:
            continue
        if not hard or (options["hard_ratio"], options["curriculum_epoch"]) == (ratio, curriculum):
            told[options["seed"]] = run.history.series["val/mrr"].value[-1]
    return told


def test_gains_by_hand(recomputed):
    hard, random = _last_mrr(0.7, 0), _last_mrr(0, 0, hard=False)
    gain = np.array([100 * (hard[seed] / random[seed] - 1) for seed in (0, 1, 2)])
    half = T_OF_3_SEEDS * gain.std(ddof=1) / sqrt(3)
    found = recomputed("S3-15").values["gain_07_percent"]
    assert (found.value, found.low, found.high) == pytest.approx(
        (gain.mean(), gain.mean() - half, gain.mean() + half)
    )
    assert judge(find_claim("S3-15"), recomputed("S3-15")).verdict == "does not hold"


def test_the_switch_by_hand(recomputed):
    change = []
    for run in recorded_runs(DEFAULT, "molecule"):
        if run.setting("curriculum_epoch") == 5:
            mrr, steps = run.history.series["val/mrr"], 263
            at = {int(s) // steps: v for s, v in zip(mrr.step, mrr.value, strict=True)}
            change.append(at[6] - at[5])
    found = recomputed("S3-11").values
    assert found["mrr_change"].value == pytest.approx(float(np.mean(change)))
    assert found["loss_change"].low > 0


def test_an_alarm_that_rings_once_or_twice():
    def entries(mrr: list[float], loss: list[float]) -> list[dict[str, float]]:
        return [{"mrr": m, "train_loss": x} for m, x in zip(mrr, loss, strict=True)]

    jump = entries([0.5, 0.3, 0.2, 0.2], [1.0, 4.0, 3.0, 2.0])
    assert alarms(jump, 1)
    assert not alarms(jump, 2)
    assert alarms(entries([0.5, 0.4, 0.3], [1.0, 2.0, 3.0]), 2)
    assert not alarms(entries([0.5, 0.6, 0.7], [1.0, 2.0, 3.0]), 1)


def _own_table(folder: Path, rows: int) -> Path:
    lines = (SAMPLE / "pairs.tsv").read_text(encoding="utf-8").splitlines()[: rows + 1]
    path = folder / "own.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_faulty_runs_and_the_alarm_on_a_table_of_ones_own(tmp_path: Path, assert_follows):
    inputs = Inputs(molecules=_own_table(tmp_path, 80))
    for name, entries in faulty_runs(inputs).items():
        loss = [entry["train_loss"] for entry in entries]
        assert len(entries) == EPOCHS
        assert loss[FAULT_AT] > loss[FAULT_AT - 1] or name == "rate x 30"
    found = RECOMPUTE["S3-13"].function(inputs)
    assert found.values["faulty_alarmed_once"].value >= found.values["faulty_alarmed_twice"].value
    assert_follows(find_claim("S3-13"), found)


@pytest.mark.parametrize("name", ["S3-01", "S3-02", "S3-04", "S3-06"])
def test_a_table_of_ones_own_is_said(name: str, tmp_path: Path, assert_follows):
    found = RECOMPUTE[name].function(Inputs(molecules=_own_table(tmp_path, 80)))
    assert "own.tsv" in found.source
    assert_follows(find_claim(name), found)


@pytest.mark.parametrize("name", ["S3-18", "S3-19"])
def test_times_are_scaled(name: str, assert_follows):
    found = RECOMPUTE[name].function(DEFAULT)
    power = {"S3-18": 2, "S3-19": 1}[name]
    ratio = found.values["seconds_100000"].value / found.values["seconds_10000"].value
    assert ratio == pytest.approx(10**power)
    assert_follows(find_claim(name), found)


@pytest.mark.parametrize("name", [n for n in OF_RUNS if n != "S3-13"])
def test_a_folder_without_runs_is_no_failure(name: str, tmp_path: Path):
    found = RECOMPUTE[name].function(Inputs(runs=tmp_path))
    if name not in {"S3-12", "S3-25"}:
        assert judge(find_claim(name), found).verdict in {"cannot tell", "not checkable here"}


@pytest.mark.parametrize(
    ("name", "key", "measured", "off"),
    [
        ("S3-05", "near_duplicates_percent", 12.9, 1.0),
        ("S3-04", "similarity_10_over_200", 1.94, 0.1),
    ],
)
def test_chebi_gives_what_was_measured(
    name: str, key: str, measured: float, off: float, shared_data: Path
):
    inputs = Inputs(molecules=shared_data / "molecules" / "chebi20" / "pairs.tsv")
    assert RECOMPUTE[name].function(inputs).values[key].value == pytest.approx(measured, abs=off)
