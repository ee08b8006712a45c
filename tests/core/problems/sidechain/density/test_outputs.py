"""The three outputs: what their runs record, and what is said of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.history import History
from core.problems.new_runs import preset_runs
from core.problems.running import run_folder
from core.problems.sidechain.density.outputs import (
    SLOT_NAMES,
    note_profiles,
    outputs_in_words,
    read_profiles,
)
from core.problems.sidechain.evaluation import BY_SLOT
from core.problems.sidechain.experiment import SIDE_CHAIN
from core.runs.arrays import arrays_path
from core.runs.folder import read_config
from core.runs.reader import read_arrays, read_history
from tests.core.problems.sidechain.small_run import small


@pytest.fixture
def trained() -> dict[str, Path]:
    folders = preset_runs(SIDE_CHAIN, small(), "outputs")
    assert {run_folder(folder) for folder in folders} == {"finished"}
    return {str(read_config(folder).config["output"]): folder for folder in folders}


def test_the_note_says_what_its_table_says():
    v4, v5 = note_profiles()
    assert (v5.overall, v5.side_chain) == (1.67, 2.21)
    assert v4.name == "the note's v4"
    assert v5.rmsd[[4, 11]].tolist() == [0.34, 5.07]
    assert ("N", "CA", "C", "O", "CB", *map(str, range(5, 14))) == SLOT_NAMES


def test_a_profile_is_the_newest_table_of_its_run_with_totals_by_its_counts(trained):
    for output, folder in trained.items():
        history = read_history(folder)
        found = read_profiles(folder, history, output)
        assert set(found) == {output, "clamped", "slot_mean"}
        own = found[output]
        assert own.step == history.recorded[BY_SLOT][-1] == 24
        arrays = read_arrays(folder, BY_SLOT, 24)
        count = arrays["count"]
        squared = count[count > 0] * arrays["rmsd"][count > 0].astype(float) ** 2
        assert own.overall == pytest.approx(np.sqrt(squared.sum() / count.sum()))
        for metric, value in (("rmsd", own.overall), ("sidechain_rmsd", own.side_chain)):
            assert history.series[f"val/{metric}"].value[-1] == pytest.approx(value, abs=1e-5)
        clamped = history.series["val/clamp_sidechain_rmsd"].value[-1]
        assert found["clamped"].side_chain == pytest.approx(clamped, abs=1e-5)


def test_what_is_not_there_yet_is_nothing_and_what_is_damaged_is_named(trained):
    folder = trained["linear"]
    assert read_profiles(folder, History(), "linear") == {}
    with pytest.raises(InputError, match="tanh8"):
        read_profiles(folder, History(), "sigmoid")
    history = read_history(folder)
    path = arrays_path(folder, BY_SLOT, 24)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match="breaks off"):
        read_profiles(folder, history, "linear")
    with path.open("wb") as file:
        np.savez(file, rmsd=np.zeros(14))
    with pytest.raises(InputError, match="with baselines"):
        read_profiles(folder, history, "linear")


def test_words_follow_the_figures():
    _, note = note_profiles()

    def reached(name: str, side_chain: float):
        return replace(note, name=name, side_chain=side_chain)

    bound, free = reached("bare tanh", 2.22), reached("linear", 0.3)
    assert outputs_in_words({}, note) == ""
    assert outputs_in_words({"tanh": bound, "linear": free}, note) == (
        "An output that ends at 1 Å suffices to produce the note's figures (side chain 2.22 Å "
        "beside 2.21 Å); the same density suffices for good ones: linear 0.30 Å."
    )
    assert outputs_in_words({"linear": free}, note).startswith("The density suffices")
    poor = {"tanh": reached("bare tanh", 3.4), "tanh8": reached("8 × tanh", 2.9)}
    assert "does not give the note's figures (side chain 3.40 Å" in outputs_in_words(poor, note)
    assert "gave no good ones so far: 8 × tanh 2.90 Å" in outputs_in_words(poor, note)
