"""The notes' grades as claims of one's own: their lines, and what runs make of them."""

import numpy as np
import pytest

from core.claims.note_grades import NOTE_GRADES, claims_of_grade
from core.claims.own import evaluate
from core.claims.own_files import add_own, own_claims
from core.errors import InputError
from core.events import Measured, RunStarted
from core.history import History, collect_history
from core.metric_table import METRICS
from core.metrics import read_key

GRADES = {grade.name: grade for grade in NOTE_GRADES}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(tmp_path))


def history_of(values: dict[str, float]) -> History:
    """Five evaluations of one value each."""
    told = [Measured(step, float(step), values) for step in range(1, 6)]
    return collect_history([RunStarted(0, 0.0, "peptide"), *told])


def test_the_lines_are_those_of_the_notes():
    """Read from the notes by hand."""
    assert [(b.metric, b.comparison, b.value) for b in GRADES["excellent model"].bars] == [
        ("val_easy/residue_accuracy", "at least", 0.95),
        ("val_easy/peptide_accuracy", "at least", 0.85),
        ("val_easy/ppm_error", "at most", 50.0),
        ("val_easy/peptide_accuracy", "at least", 0.90),
        ("val_hard/peptide_accuracy", "at least", 0.70),
    ]
    assert [b.value for b in GRADES["minimum model"].bars] == [0.9, 0.6, 5_000.0]
    least = [GRADES[f"{name} similarity"].bars[0].value for name in ("excellent", "good", "medium")]
    assert least == [0.85, 0.7, 0.5]
    for grade in NOTE_GRADES:
        for bar in grade.bars:
            assert read_key(bar.metric).spec in METRICS.values()


@pytest.mark.parametrize(("ppm", "verdict"), [(999.0, "pass"), (1_001.0, "fail")])
def test_a_run_is_graded_by_its_last_five_evaluations(ppm: float, verdict: str):
    values = {"val_easy/residue_accuracy": 0.94, "val_easy/peptide_accuracy": 0.8,
              "val_easy/ppm_error": ppm}  # fmt: skip
    claims = claims_of_grade(GRADES["good model"], ("run",))
    found = [evaluate(claim, {"run": history_of(values)}) for claim in claims]
    assert [one.verdict for one in found] == ["pass", "pass", verdict]
    assert np.isclose(found[2].value, ppm)
    assert found[2].n == 5


def test_a_grade_is_kept_as_a_whole_and_twice_under_other_names():
    grade = GRADES["minimum model"]
    for _ in range(2):
        add_own(*claims_of_grade(grade, ("run",), [claim.name for claim in own_claims()]))
    assert [claim.name for claim in own_claims()] == [f"minimum model {i}" for i in range(1, 7)]
    with pytest.raises(InputError, match="a name of its own"):
        add_own(*claims_of_grade(GRADES["good similarity"], ("run",)),
                *claims_of_grade(grade, ("run",)))  # fmt: skip
    assert len(own_claims()) == 6
