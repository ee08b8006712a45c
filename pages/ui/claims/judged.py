"""Verdicts of all claims: what costs nothing at once, the rest while the reader looks."""

import time

import streamlit as st

from core.claims.claim import Claim, Judged
from core.claims.inputs import Inputs
from core.claims.judge import judge
from core.claims.ledger import note_claims
from core.claims.registry import RECOMPUTE
from core.claims.results import is_kept, recompute
from core.errors import CoreError

AT_ONCE_S = 0.4  # of one look at the page
LONG_S = 5.0  # what takes longer waits for a click


def known(inputs: Inputs) -> dict[str, Judged]:
    """Give the verdicts from these inputs that this server has, by id; sessions share them."""
    return _verdicts(repr(inputs))


@st.cache_resource(show_spinner=False, max_entries=8)
def _verdicts(inputs: str) -> dict[str, Judged]:
    del inputs  # the key of the cache
    return {}


def judged(claim: Claim, inputs: Inputs) -> Judged:
    """Recompute a claim and judge it; one that cannot be computed says why."""
    try:
        found = judge(claim, recompute(claim.claim_id, inputs))
    except CoreError as error:
        found = Judged(claim, "not checkable here", why=str(error))
    known(inputs)[claim.claim_id] = found
    return found


def open_claims(inputs: Inputs) -> list[Claim]:
    """Give the claims that are computed by themselves and have not been yet, the quickest first."""
    waiting = [claim for claim in note_claims() if claim.claim_id not in known(inputs)]
    quick = [c for c in waiting if _seconds(c) <= LONG_S or is_kept(c.claim_id, inputs)]
    return sorted(quick, key=_seconds)


def compute_some(inputs: Inputs) -> int:
    """Judge claims for less than half a second, at least one; give how many are left."""
    started = time.monotonic()
    waiting = open_claims(inputs)
    for number, claim in enumerate(waiting, start=1):
        judged(claim, inputs)
        if time.monotonic() - started > AT_ONCE_S:
            return len(waiting) - number
    return 0


def _seconds(claim: Claim) -> float:
    recipe = RECOMPUTE.get(claim.claim_id)
    return recipe.seconds if recipe else 0.0
