import numpy as np
import pytest

from core.balance.measured import tabulate_history
from core.balance.table import read_balance_table, write_balance_table
from core.errors import InputError
from core.events import Measured, RunStarted, StageChanged
from core.history import History, collect_history


@pytest.fixture
def history() -> History:
    events = [RunStarted(0, 0.0, "toy", {}, ("a", "b"), 20, {"a": (60.0, 70.0)})]
    for step in range(20):
        if step % 10 == 0:
            events.append(StageChanged(step, 0.0, str(step // 10), step + 10, {"a": 1, "b": 0}))
        values = {"train/a/raw": float(step), "train/a/weight": 2.0}
        if step == 15:
            values |= {"train/a/raw": np.nan, "train/b/raw": 7.0}
        events.append(Measured(step, 0.0, values))
    return collect_history(events)


def test_each_stage_gives_the_median_of_what_was_measured_in_it(history):
    table = tabulate_history(history)
    assert table.stages == ("0", "1")
    assert table.raw[0, 0] == 4.5
    assert table.raw[1, 0] == np.median([10, 11, 12, 13, 14, 16, 17, 18, 19])
    assert np.isnan(table.raw[0, 1])
    assert table.raw[1, 1] == 7.0


def test_weights_are_the_measured_ones_or_those_of_the_stage(history):
    assert tabulate_history(history).weights.tolist() == [[2.0, 0.0], [2.0, 0.0]]


def test_the_table_survives_its_own_format(history):
    table = tabulate_history(history)
    again = read_balance_table(write_balance_table(table))
    np.testing.assert_allclose(again.raw, table.raw)
    assert again.bands == table.bands
    assert str(table.bands[0][0]) == "60–70 %"


def test_a_run_without_stages_is_refused():
    with pytest.raises(InputError, match="at least one stage"):
        tabulate_history(History())
