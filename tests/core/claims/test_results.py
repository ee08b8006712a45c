"""What was recomputed is kept under a hash of everything it depends on."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.claims import registry, results
from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import DEFAULT, Inputs, fingerprint
from core.claims.recipe import Recipe
from core.claims.results import input_hash, is_kept, recompute
from core.errors import InputError

FOUND = Recomputed(
    {"a": Value(1.5, "ppm", 1.0, 2.0, 3), "b": Value(float("nan"))},
    "words",
    ({"x": 1.0, "y": "z"},),
    (Curve("line", (1.0, 2.0), (3.0, 4.0)),),
    ("x", "y"),
    "somewhere",
)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Inputs]:
    """Put a costly recipe into the table; what it was called with."""
    calls: list[Inputs] = []

    def function(inputs: Inputs) -> Recomputed:
        calls.append(inputs)
        return FOUND

    recipe = Recipe(function, ("spectra",), seconds=2.0, full_seconds=9.0)
    monkeypatch.setattr(results, "RECOMPUTE", {**registry.RECOMPUTE, "X-01": recipe})
    return calls


def test_a_result_is_computed_once_and_read_back_whole(counted: list[Inputs]):
    assert not is_kept("X-01")
    recompute("X-01")
    again = recompute("X-01")
    assert len(counted) == 1
    assert is_kept("X-01")
    assert again is not None
    assert replace(again, values={}) == replace(FOUND, values={})
    assert again.values["a"] == FOUND.values["a"]
    assert again.values["b"].value != again.values["b"].value  # NaN stays NaN


def test_whatever_a_result_depends_on_changes_its_place(counted: list[Inputs], tmp_path: Path):
    spectra = tmp_path / "own.mgf"
    spectra.write_text("one")
    places = [input_hash("X-01", DEFAULT), input_hash("X-01", Inputs(seed=1)),
              input_hash("X-01", Inputs(quick=False)), input_hash("S0-01", DEFAULT),
              input_hash("X-01", Inputs(spectra=spectra))]  # fmt: skip
    spectra.write_text("two")
    places.append(input_hash("X-01", Inputs(spectra=spectra)))
    assert len(set(places)) == len(places)
    # A file that the function does not read changes nothing.
    assert input_hash("X-01", Inputs(histories=spectra)) == places[0]


def test_a_file_that_broke_off_is_computed_again(counted: list[Inputs], state_folder: Path):
    recompute("X-01")
    (path,) = (state_folder / "claims").glob("X-01_*.json")
    path.write_bytes(path.read_bytes()[:40])
    recompute("X-01")
    assert len(counted) == 2


def test_what_costs_nothing_is_not_kept(state_folder: Path):
    assert recompute("S0-01") is not None
    assert recompute("S9-99") is None
    assert not (state_folder / "claims").exists()


def test_a_folder_counts_with_its_names_and_its_content(tmp_path: Path):
    folder = tmp_path / "runs"
    folder.mkdir()
    (folder / "a").write_text("1")
    first = fingerprint(folder)
    (folder / "a").rename(folder / "b")
    assert fingerprint(folder) != first


def test_a_place_that_is_not_there_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="which is not there"):
        Inputs(spectra=tmp_path / "nowhere")


@pytest.mark.parametrize("seconds", [0.0, 2.0])
def test_a_function_that_fails_is_told_with_its_claim_and_nothing_is_kept(
    monkeypatch: pytest.MonkeyPatch, seconds: float
):
    def fails(inputs: Inputs) -> Recomputed:
        raise ZeroDivisionError(f"no data in {inputs.seed}")

    recipe = Recipe(fails, seconds=seconds)
    monkeypatch.setattr(results, "RECOMPUTE", {"X-01": recipe})
    with pytest.raises(InputError, match=r"claim X-01: .*ZeroDivisionError: no data in 0"):
        recompute("X-01")
    assert not is_kept("X-01")
