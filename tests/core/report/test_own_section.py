"""One's own claims in a report: their verdicts, their runs, and what is gone."""

from dataclasses import replace

import pytest

from core.claims.own import OwnClaim
from core.claims.own_files import FILE, add_own, remove_own
from core.errors import UnavailableError
from core.home import home_folder
from core.report.blocks import Said, Table
from core.report.draft import Draft, Section
from core.report.html import report_html
from core.report.kinds import build_section, run_ids
from core.report.material import Material, read_run
from core.report.sample import AS_WRITTEN, BOTH, FOLLOWING
from core.report.suggest import suggest_section

ACCURACY = "val_easy/residue_accuracy"
LOW = OwnClaim("low bar", ACCURACY, "at least", 0.01, "last", 0, (FOLLOWING,))
HIGH = OwnClaim("high bar", ACCURACY, "at least", 0.99, "last", 0, (AS_WRITTEN,))
TO_COME = OwnClaim("to come", ACCURACY, "at least", 0.5, "last", 0, ("newest pocket",))


@pytest.fixture
def claims():
    for claim in (LOW, HIGH, TO_COME):
        add_own(claim)


def section(*names: str) -> Section:
    return Section("own claims", "", {"claims": list(names)})


def test_claims_are_cited_with_value_and_verdict(sample, claims):
    (table,) = build_section(section("low bar", "high bar", "to come"), sample.material).blocks
    assert isinstance(table, Table)
    rows = {row[0]: dict(zip(table.columns, row, strict=True)) for row in table.rows}
    verdicts = {name: row["Verdict"] for name, row in rows.items()}
    assert verdicts == {"low bar": "pass", "high bar": "fail", "to come": "undecided"}
    last = read_run(sample.material.rows[FOLLOWING].folder).series[ACCURACY].value[-5:]
    assert rows["low bar"]["Value"] == f"{100 * last[-1]:.1f} %"
    assert rows["low bar"]["Interval"] == f"{100 * last.min():.1f} % to {100 * last.max():.1f} %"
    assert rows["high bar"]["n"] == "5"
    assert rows["to come"]["Why"] == "waits for a run of pocket to begin"
    assert rows["to come"]["Value"] == ""


def test_the_file_holds_them_and_says_how_to_make_their_runs_again(sample, claims):
    draft = Draft("Mine", sections=(section("low bar", "high bar", "to come"),))
    assert run_ids(draft, sample.material) == tuple(BOTH)
    html = report_html(draft, sample.material)
    assert "high bar" in html
    assert AS_WRITTEN in html
    assert "2 runs, 2 of them samples" in html


def test_what_is_gone_is_named_and_the_others_stay(sample, claims):
    remove_own("high bar")
    said, table = build_section(section("high bar", "low bar"), sample.material).blocks
    assert isinstance(said, Said)
    assert said.is_warning
    assert "The claim high bar is gone" in said.text
    assert [row[0] for row in table.rows] == ["low bar"]
    assert run_ids(Draft("", sections=(section("high bar"),)), sample.material) == ()
    (table,) = build_section(section("low bar"), Material({})).blocks
    assert table.rows[0][2:] == ("undecided", "", "", "", f"no such run here: {FOLLOWING}")


def test_without_a_choice_it_is_said(sample, claims):
    (said,) = build_section(section(), sample.material).blocks
    assert said.text == "No claim is chosen."
    assert suggest_section("own claims", sample.material) == section("low bar", "high bar",
                                                                     "to come")  # fmt: skip


def test_a_run_that_cannot_be_read_says_so(sample, claims):
    def fails(folder, metrics):
        raise UnavailableError("The disk is gone.")

    (table,) = build_section(section("low bar"), replace(sample.material, read=fails)).blocks
    assert table.rows[0][2] == "undecided"
    assert table.rows[0][6] == f"{FOLLOWING}: The disk is gone."


def test_a_damaged_file_of_claims_is_explained(sample, claims):
    (home_folder("claims") / FILE).write_text("{\n")
    (said,) = build_section(section("low bar"), sample.material).blocks
    assert "line 1: expected a claim" in said.text
    assert run_ids(Draft("", sections=(section("low bar"),)), sample.material) == ()
    assert suggest_section("own claims", sample.material) == section()
