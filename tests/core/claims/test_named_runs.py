"""Claims about runs that are not there yet: "newest peptide" stands for whichever began last."""

from pathlib import Path

from core.claims.named_runs import newest_of, resolved, waits_for_newest
from core.claims.own import OwnClaim
from core.runs.index import RunRow

CLAIM = OwnClaim("good", "val/mrr", "at least", 0.8, "last", 0, (newest_of("peptide"), "kept"))


def row(name: str, experiment: str, created_s: float, *, is_sample: bool = False) -> RunRow:
    return RunRow(name, Path(name), "", (), "", "", experiment, "finished", created_s, 0, None, "",
                  is_sample, {}, {})  # fmt: skip


ROWS = (
    row("b", "peptide", 2.0),
    row("c", "pocket", 4.0),
    row("a", "peptide", 1.0),
    row("s", "peptide", 9.0, is_sample=True),
)


def test_the_newest_is_the_one_that_began_last_and_no_sample():
    assert resolved(CLAIM, ROWS).runs == ("b", "kept")
    assert resolved(CLAIM, reversed(ROWS)).runs == ("b", "kept")
    assert resolved(CLAIM, (*ROWS, row("d", "peptide", 3.0))).runs == ("d", "kept")


def test_a_name_that_no_run_has_yet_stays_as_it_is():
    assert resolved(CLAIM, ()) == CLAIM
    assert resolved(CLAIM, ROWS[-1:]).runs == ("newest peptide", "kept")


def test_only_claims_of_the_newest_wait_for_others():
    assert waits_for_newest(CLAIM)
    assert not waits_for_newest(resolved(CLAIM, ROWS))
