"""No function knows what was reported: moving the reported value moves the verdict."""

import ast
import inspect
from pathlib import Path

import pytest

import core.claims
from core.claims.claim import Claim
from core.claims.inputs import Inputs
from core.claims.ledger import note_claims
from core.claims.registry import RECOMPUTE

# Nothing that comes with the dashboard stands in for these; their own tests bring a small twin.
NEEDS_FILES = {"S0-12"}
FAST = [
    claim for claim in note_claims()
    if claim.claim_id in RECOMPUTE
    and not RECOMPUTE[claim.claim_id].seconds
    and claim.claim_id not in NEEDS_FILES
]  # fmt: skip
ROOM = Path(core.claims.__file__).parent
MAY_JUDGE = {"judge.py", "results.py", "table.py", "ledger.py"}


@pytest.mark.parametrize("claim", FAST, ids=lambda claim: claim.claim_id)
def test_the_verdict_follows_the_reported_value(claim: Claim, recomputed, assert_follows):
    assert_follows(claim, recomputed(claim.claim_id))


@pytest.mark.parametrize("claim", FAST, ids=lambda claim: claim.claim_id)
def test_what_a_function_gives_fits_its_claim(claim: Claim, recomputed):
    found = recomputed(claim.claim_id)
    assert {check.key for check in claim.checks} <= set(found.values)
    assert {c.key: c.unit for c in claim.checks} == {
        c.key: found.values[c.key].unit for c in claim.checks
    }
    assert found.words
    assert len({tuple(row) for row in found.rows}) <= 1
    assert all(len(curve.x) == len(curve.y) for curve in found.curves)
    assert not found.curves or all(found.axes)


@pytest.mark.parametrize("name", RECOMPUTE)
def test_a_function_is_given_the_inputs_and_nothing_else(name: str):
    told = list(inspect.signature(RECOMPUTE[name].function).parameters.values())
    assert [one.annotation for one in told] == [Inputs]
    assert set(RECOMPUTE[name].reads) <= set(Inputs.__dataclass_fields__)


def test_no_function_reads_the_ledger():
    for path in ROOM.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
        if path.name not in MAY_JUDGE:
            assert not names & {"core.claims.ledger", "core.claims.judge"}, path.name
            assert "sample_data/claims" not in path.read_text(encoding="utf-8")
