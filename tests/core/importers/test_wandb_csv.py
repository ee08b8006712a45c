"""Charts of Weights & Biases, as its page exports them."""

import math
from pathlib import Path

import pytest

from core.errors import InputError
from core.events import Noted
from core.history import collect_history
from core.importers.wandb_csv import detect, open_log, read, runs

EXPORT = """"Step","base - train/loss","base - train/loss__MIN","base - train/loss__MAX",\
"lr - 1e-3 - train/loss","lr - 1e-3 - train/loss__MIN","lr - 1e-3 - train/loss__MAX"
"0","1.5","1.5","1.5","1.25","1.25","1.25"
"10","NaN","NaN","NaN","","",""
"20","0.5","0.5","0.5","0.75","0.5","1"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "wandb_export.csv"
    path.write_text(EXPORT)
    return path


def test_each_run_of_a_chart_comes_out_by_itself(path):
    assert detect(path)
    assert runs(path) == ("base", "lr - 1e-3")
    base = collect_history(read(path, "base"))
    series = base.series["train/total_loss"]
    assert series.step.tolist() == [0, 10, 20]
    assert series.value.tolist() == pytest.approx([1.5, math.nan, 0.5], nan_ok=True)
    assert base.notes == ()
    other = collect_history(read(path, "lr - 1e-3")).series["train/total_loss"]
    assert (other.step.tolist(), other.value.tolist()) == ([0, 20], [1.25, 0.75])
    assert open_log(path, "base").run == "base"


def test_averages_are_called_averages(path):
    told = [event.text for event in read(path, "lr - 1e-3") if isinstance(event, Noted)]
    assert len(told) == 1
    assert told[0].startswith("Values of train/loss are averages")


def test_several_runs_need_a_choice(path):
    with pytest.raises(InputError, match=r"one of its runs \(base, lr - 1e-3\)"):
        read(path)


def test_over_a_time_axis_the_own_steps_of_the_run_count(tmp_path):
    names = ["a - loss", "a - _step"]
    head = ["Relative Time (Process)"]
    head += [f"{name}{end}" for name in names for end in ("", "__MIN", "__MAX")]
    rows = [[0.5, 1, 1, 1, 7, 7, 7], [1.5, 2, 2, 2, 9, 9, 9]]
    path = tmp_path / "export.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in (head, *rows)))
    series = collect_history(read(path)).series
    assert series.keys() == {"train/total_loss"}
    assert series["train/total_loss"].step.tolist() == [7, 9]


def test_text_in_a_column_is_refused_with_its_line(path):
    path.write_text(EXPORT.replace('"0.5","0.5","0.5"', '"oops","0.5","0.5"'))
    with pytest.raises(InputError, match="line 4, base - train/loss"):
        read(path, "base")
