"""The table of docs/claims.md: our verdicts are written, what was typed stays."""

import re

import pytest

from core.claims.judge import judge
from core.claims.ledger import find_claim, note_claims
from core.claims.registry import RECOMPUTE
from core.claims.table import DOCUMENT, END, HEAD, START, in_words, read_typed, write_verdicts
from core.errors import InputError

TYPED = read_typed(DOCUMENT.read_text(encoding="utf-8"))
KINDS = re.compile(r"holds if|holds|does not hold|not checkable|cannot tell|contradiction")


def _kind(verdict: str) -> str:
    found = KINDS.match(verdict)
    assert found, verdict
    return "does not hold" if found[0] == "contradiction" else found[0]


def test_every_claim_stands_in_the_table():
    assert list(TYPED) == [claim.claim_id for claim in note_claims()]


@pytest.mark.parametrize("name", [n for n, r in RECOMPUTE.items() if not r.seconds])
def test_the_verdict_in_the_table_is_ours(name: str, recomputed):
    assert TYPED[name][0] == in_words(judge(find_claim(name), recomputed(name)))


@pytest.mark.parametrize("name", RECOMPUTE)
def test_a_verdict_that_differs_from_the_earlier_one_is_explained(name: str):
    ours, earlier, why = TYPED[name]
    assert _kind(ours) == _kind(earlier) or why


def test_writing_keeps_what_was_typed():
    text = f"before\n{START}\n{HEAD}\n| A-1 | holds | holds if | because |\n{END}\nafter\n"
    written = write_verdicts(text, {"B-2": "cannot tell", "A-1": "does not hold"})
    assert "| A-1 | does not hold | holds if | because |" in written
    assert "| B-2 | cannot tell |  |  |" in written
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert write_verdicts(written, {n: v[0] for n, v in read_typed(written).items()}) == written


def test_a_document_without_a_table_is_refused():
    with pytest.raises(InputError, match="Restore the two marks"):
        read_typed("nothing")
