"""The page claims: the ledger with its verdicts, filters, and one claim with its evidence."""

from urllib.parse import parse_qs

import pytest

from core.claims import results
from core.claims.inputs import DEFAULT
from core.claims.judge import judge
from core.claims.ledger import find_claim, note_claims
from core.claims.recipe import Recipe
from core.claims.registry import RECOMPUTE
from core.claims.results import recompute
from pages.ui.claims.judged import LONG_S, compute_some, judged, known, open_claims
from tests.pages.reading import alts, errors, table, text_of

PAGE = "claims"


@pytest.fixture(autouse=True)
def _nothing_known():
    known(DEFAULT).clear()


def test_every_claim_is_a_row_and_verdicts_come_by_themselves(open_page):
    app = open_page(PAGE)
    rows = table(app, "What it says")
    assert rows["Claim"].tolist() == [claim.claim_id for claim in note_claims()]
    assert len(known(DEFAULT)) > 0  # the first look has computed some
    assert alts(app)[0].startswith("How many claims of each note")
    before = len(known(DEFAULT))
    left = compute_some(DEFAULT)
    assert len(known(DEFAULT)) > before
    assert left == len(open_claims(DEFAULT))


def test_filters_narrow_the_ledger(open_page):
    app = open_page(PAGE, starred="true")
    assert table(app, "Claim")["Claim"].tolist() == [
        claim.claim_id for claim in note_claims() if claim.starred
    ]
    app = open_page(PAGE, words="precursor")
    found = {c.claim_id for c in note_claims() if "precursor" in c.text.lower()}
    assert set(table(app, "Claim")["Claim"]) == found
    assert 0 < len(found) < len(note_claims())
    app = open_page(PAGE, note="SH decoder")
    assert {claim[:2] for claim in table(app, "Claim")["Claim"]} == {"S4"}


def test_contradictions_stand_side_by_side(open_page):
    app = open_page(PAGE, pairs="true")
    rows = table(app, "The other")
    shown = {frozenset((row["One"][:5], row["The other"][:5])) for _, row in rows.iterrows()}
    named = {frozenset((c.claim_id, other)) for c in note_claims() for other in c.contradicts}
    assert shown == named
    assert len(rows) == len(named)


def test_a_pair_is_opened_side_by_side_with_the_pages_to_play_with_it(open_page, monkeypatch):
    pair = ("S2-15", "S2-16")
    monkeypatch.setattr("pages.ui.claims.table.show_pairs", lambda inputs: pair)
    app = open_page(PAGE, pairs="true")
    assert not app.exception
    for claim_id, other in (pair, pair[::-1]):
        assert f"**{claim_id} · " in text_of(app)
        assert f"contradicts {other}" in text_of(app)
    assert [link.proto.page for link in app.get("page_link")] == ["loss_balance"] * 2


def test_a_claim_links_to_its_page_with_its_settings(open_page):
    name, query = find_claim("S2-09").page.split("?")
    (link,) = open_page(PAGE, claim="S2-09").get("page_link")
    assert link.proto.page == name
    assert parse_qs(link.proto.query_string) == parse_qs(query)
    assert "," in parse_qs(query)["loss"][0]


def test_a_formula_that_fails_says_why_and_the_page_stays(open_page, monkeypatch):
    def fails(inputs):
        return 1 / len(inputs.runs or ())

    broken = {**RECOMPUTE, "S0-01": Recipe(fails)}
    monkeypatch.setattr(results, "RECOMPUTE", broken)
    app = open_page(PAGE, claim="S0-01")
    assert not app.exception
    assert not app.error
    assert known(DEFAULT)["S0-01"].verdict == "not checkable here"
    assert "ZeroDivisionError\\: division by zero" in text_of(app)
    assert table(app, "What it says")["Verdict"][0] == "not checkable here"


@pytest.mark.parametrize("claim_id", ["S0-06", "S1-01"])
def test_a_claim_shows_its_numbers_beside_the_recomputed_ones(open_page, claim_id):
    found = judged(find_claim(claim_id), DEFAULT)
    expected = judge(find_claim(claim_id), recompute(claim_id, DEFAULT))
    assert found.verdict == expected.verdict
    app = open_page(PAGE, claim=claim_id)
    assert found.verdict in text_of(app)
    assert len(table(app, "Recomputed")) == len(expected.compared)
    assert set(table(app, "Agrees")["Agrees"]) <= {"yes", "no", "–"}


def test_what_takes_long_waits_for_a_click(open_page):
    long = [
        c for c in note_claims() if c.claim_id not in {x.claim_id for x in open_claims(DEFAULT)}
    ]
    assert long
    app = open_page(PAGE, claim=long[0].claim_id)
    button = app.button(key=f"recompute-{long[0].claim_id}")
    assert "Recompute, about" in button.label
    assert float(button.label.split()[2]) > LONG_S


def test_an_id_that_is_not_there_is_explained(open_page):
    app = open_page(PAGE, claim="S9-99")
    assert "S9-99" in errors(app)[0]


def test_a_folder_that_is_not_there_is_explained_and_the_page_stays(open_page):
    app = open_page(PAGE, spectra="/nowhere/at/all")
    assert "data of claims, spectra" in errors(app)[0]
    assert len(table(app, "Claim")) == len(note_claims())
