"""One's own claims in words, and judged by the runs that are listed."""

from dataclasses import replace
from math import nan

from core.claims.own import OwnClaim, OwnVerdict
from core.claims.own_reading import judge_own
from core.claims.own_words import statement, written_reason, written_value, written_verdict
from core.runs.folder import new_run
from core.runs.index import list_runs
from core.runs.reader import RunReader
from tests.core.runs.stories import record, story

CLAIM = OwnClaim("bar", "val/residue_accuracy", "at least", 0.8, "at step", 1200, ("a",))
GAIN = replace(CLAIM, comparison="beats by %", value=5.0, where="last", runs=("a", "b"),
               against=("c", "d", "e"))  # fmt: skip


def read(folder, metrics):
    return RunReader(folder, only=frozenset(metrics)).refresh()


def test_a_claim_says_what_is_read_of_which_runs():
    assert statement(CLAIM) == "val/residue_accuracy at least 0.8: at step 1,200, of a"
    assert statement(GAIN) == "val/residue_accuracy beats 3 other runs by 5 %: last, of 2 runs"


def test_values_have_their_unit():
    assert written_value(CLAIM, 0.739) == "73.9 %"
    assert written_value(GAIN, 4.25) == "+4.2 %"
    assert written_value(CLAIM, nan) == "nan"
    found = OwnVerdict("pass", 0.85, 0.81, 0.9, 5, "why")
    assert written_verdict(CLAIM, found) == ("85.0 %", "81.0 % to 90.0 %", "5")
    assert written_verdict(CLAIM, replace(found, value=nan)) == ("", "", "")
    assert written_reason(CLAIM, CLAIM, found) == "why"
    assert written_reason(CLAIM, replace(CLAIM, runs=("x",)), found) == "why; of x"


def test_the_newest_run_is_read_as_it_is_now():
    claim = OwnClaim("bar", "train/ce/raw", "at least", 14.0, "last", 0, ("newest toy",))
    assert judge_own(claim, {}, read)[1].why == "waits for a run of toy to begin"
    folder = record(new_run("toy", {"steps": 20}), story(20))
    rows = {row.id: row for row in list_runs()}
    told, found = judge_own(claim, rows, read)
    assert told.runs == (folder.name,)
    assert (found.verdict, found.value, found.low) == ("pass", 19.0, 15.0)
    missing = judge_own(replace(claim, runs=(folder.name, "gone")), rows, read)[1]
    assert (missing.verdict, missing.why) == ("undecided", "no such run here: gone")
