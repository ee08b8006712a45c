"""The ledger is whole and can be read; what is damaged is named."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from core.claims.ledger import (
    FOLDER,
    contradictions,
    find_claim,
    note_claims,
    read_claims,
    read_tolerance,
)
from core.claims.registry import RECOMPUTE
from core.errors import InputError

PAGES = {
    "", "spectra", "loss_balance", "cosine_mse", "hard_negatives", "per_atom_rmsd",
    "density_limit", "train", "runs",
}  # fmt: skip


def test_the_ledger_holds_every_claim_of_the_five_notes():
    assert Counter(claim.note for claim in note_claims()) == {
        "cosine_loss": 26, "losses_v2": 25, "training_fix": 40, "hard_negatives": 25,
        "sh_decoder": 26,
    }  # fmt: skip
    assert sum(claim.starred for claim in note_claims()) == 15


def test_every_recipe_belongs_to_a_claim_with_numbers():
    for name in RECOMPUTE:
        assert find_claim(name).checks


def test_a_claim_can_be_checked_or_says_what_is_missing():
    for claim in note_claims():
        assert claim.checks or claim.needs
        assert (claim.kind == "not checkable here") == (not claim.checks)


def test_a_claim_opens_a_page_with_settings_that_can_be_read():
    for claim in note_claims():
        path, _, query = claim.page.partition("?")
        assert path in PAGES, claim.claim_id
        assert not query or parse_qs(query, strict_parsing=True)


def test_reading_the_ledger_loads_no_torch():
    code = (
        "import sys, core.claims.judge\n"
        "from core.claims.ledger import note_claims\n"
        "print(len(note_claims()), 'torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["142", "False"]


def test_a_contradiction_is_a_pair_whichever_claim_names_it():
    named = {frozenset((c.claim_id, other)) for c in note_claims() for other in c.contradicts}
    pairs = [(one.claim_id, other.claim_id) for one, other in contradictions()]
    assert {frozenset(pair) for pair in pairs} == named
    assert len(pairs) == len(named)
    assert ("S2-16", "S2-22") in pairs  # S2-22 names it, S2-16 does not


def test_no_claim_contradicts_itself():
    for claim in note_claims():
        assert claim.claim_id not in claim.contradicts


def _damaged(tmp_path: Path, name: str, old: str, new: str) -> tuple[Path, Path]:
    for file in ("claims.csv", "checks.csv"):
        text = (FOLDER / file).read_text(encoding="utf-8")
        assert file != name or old in text
        (tmp_path / file).write_text(text.replace(old, new, 1) if file == name else text)
    return tmp_path / "claims.csv", tmp_path / "checks.csv"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("checks.csv", "S0-01,least_loss", "S9-99,least_loss", "checks.csv, line 2: .* a claim"),
        ("checks.csv", "least_loss,equal", "least_loss,about", "one of equal"),
        ("checks.csv", "equal,0,1e-6", "equal,zero,1e-6", "a number"),
        ("checks.csv", "equal,0,1e-6", "equal,0,x0.5", "a factor of 1"),
        ("checks.csv", "claim_id,key", "claim,key", "line 1"),
        ("claims.csv", "S4-26,", "S4-25,", "claims.csv, line 143: .* once"),
        ("claims.csv", "L123,arithmetic", "L123,guess", "one of arithmetic"),
    ],
)
def test_a_damaged_row_is_named(tmp_path: Path, name: str, old: str, new: str, said: str):
    with pytest.raises(InputError, match=said):
        read_claims(*_damaged(tmp_path, name, old, new))


def test_tolerances():
    forms = [read_tolerance("", text).form for text in ("1e-6", "2 %", "x1.5", "interval")]
    assert forms == ["absolute", "percent", "factor", "interval"]
    with pytest.raises(InputError):
        read_tolerance("row", "about 2")
