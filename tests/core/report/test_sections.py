import shutil
from dataclasses import replace

import numpy as np
import pytest

from core.claims.judge import judge
from core.claims.ledger import find_claim
from core.claims.results import recompute
from core.diagnosis.engine import diagnose
from core.diagnosis.rules import GENERAL_RULES
from core.errors import UnavailableError
from core.figures.run import summarise_run
from core.figures.run_series import RunAxes
from core.problems.experiments import EXPERIMENTS
from core.problems.sidechain.reported.tables import note_tables
from core.report import claim_section
from core.report.blocks import Chart, Said, Table, rounded
from core.report.draft import Section
from core.report.kinds import SECTIONS, build_section, run_ids
from core.report.material import Material, all_material, read_run
from core.report.options import check_options
from core.report.sample import AS_WRITTEN, BOTH, FOLLOWING, SAMPLE
from core.report.suggest import suggest_section
from core.runs.acknowledged import acknowledge
from core.runs.folder import new_run
from tests.core.runs.stories import record, story

ACCURACY = "val_easy/residue_accuracy"


def warnings(blocks) -> list[str]:
    return [block.text for block in blocks if isinstance(block, Said) and block.is_warning]


def only(blocks, kind):
    (found,) = [block for block in blocks if isinstance(block, kind)]
    return found


def test_a_run_is_drawn_from_the_record_of_the_page_train(sample):
    blocks = build_section(Section("run", "", {"run": FOLLOWING}), sample.material).blocks
    row = sample.material.rows[FOLLOWING]
    expected = summarise_run(
        read_run(row.folder), EXPERIMENTS["peptide"].charts, RunAxes(), key=FOLLOWING
    )
    record_drawn = only(blocks, Chart).record
    assert [p.title for p in record_drawn.panels] == [p.title for p in expected.panels]
    for one, other in zip(record_drawn.panels, expected.panels, strict=True):
        for drawn, curve in zip(one.curves, other.curves, strict=True):
            np.testing.assert_array_equal(drawn.y, curve.y)


def test_compared_runs_hold_every_measured_point(sample):
    section = Section("compare", "", {"runs": BOTH, "metrics": [ACCURACY]})
    overlay = only(build_section(section, sample.material).blocks, Chart).record
    for run, curve in zip(BOTH, overlay.figure.panels[0].curves, strict=True):
        series = read_run(sample.material.rows[run].folder).series[ACCURACY]
        np.testing.assert_allclose(curve.y, 100 * series.value)
        np.testing.assert_array_equal(curve.x, series.step)


def test_a_table_says_last_lowest_and_highest(sample):
    section = Section("table", "", {"runs": BOTH, "metrics": [ACCURACY]})
    table = only(build_section(section, sample.material).blocks, Table)
    for run, row in zip(BOTH, table.rows, strict=True):
        value = 100 * read_run(sample.material.rows[run].folder).series[ACCURACY].value
        expected = [rounded(float(v)) for v in (value[-1], value.min(), value.max())]
        assert list(row[2:5]) == pytest.approx(expected)
        assert row[5] == "higher"


def test_findings_are_those_of_the_rules(sample):
    section = Section("findings", "", {"runs": [AS_WRITTEN]})
    table = only(build_section(section, sample.material).blocks, Table)
    history = read_run(sample.material.rows[AS_WRITTEN].folder)
    told = diagnose(history, (*GENERAL_RULES, *EXPERIMENTS["peptide"].rules))
    assert len(table.rows) == len(told.groups) > 0
    assert {(row[2], row[6]) for row in table.rows} <= {(f.verdict, f.rule) for f in told.findings}
    assert table.rows[0][6] == told.groups[0][0].rule


def test_a_finding_that_was_acknowledged_says_by_whom(sample, tmp_path):
    row = sample.material.rows[AS_WRITTEN]
    folder = shutil.copytree(row.folder, tmp_path / AS_WRITTEN)
    material = Material({AS_WRITTEN: replace(row, folder=folder)})
    section = Section("findings", "", {"runs": [AS_WRITTEN]})
    before = only(build_section(section, material).blocks, Table)
    assert "Acknowledged" not in before.columns
    rules = (*GENERAL_RULES, *EXPERIMENTS["peptide"].rules)
    worst = diagnose(read_run(folder), rules).groups[0]
    acknowledge(folder, [finding.key for finding in worst], "meant to fail", by="Ada")
    table = only(build_section(section, material).blocks, Table)
    assert table.columns == (*before.columns, "Acknowledged")
    said = str(table.rows[0][-1])
    assert said.startswith("by Ada ")
    assert said.endswith(": meant to fail")
    assert not any(row[-1] for row in table.rows[1:])


def test_claims_have_the_verdict_that_is_judged(sample):
    ids = ["S2-04", "S2-16", "S3-11"]
    table = only(build_section(Section("claims", "", {"claims": ids}), sample.material).blocks,
                 Table)  # fmt: skip
    for claim_id, row in zip(ids, table.rows, strict=True):
        told = judge(find_claim(claim_id), recompute(claim_id))
        assert row[0] == claim_id
        assert str(row[3]).startswith(told.verdict)
        assert row[2] == told.claim.reported


def test_what_takes_long_waits_for_its_own_page(sample, monkeypatch):
    monkeypatch.setattr(claim_section, "LONG_S", -1.0)
    blocks = build_section(Section("claims", "", {"claims": ["S2-04"]}), sample.material).blocks
    assert only(blocks, Table).rows[0][3] == claim_section.WAITING
    assert "page Claims" in only(blocks, Said).text


def test_side_chains_hold_the_reported_tables(sample):
    blocks = build_section(Section("side chains"), sample.material).blocks
    table, (before, after) = only(blocks, Table), note_tables()
    assert [row[2] for row in table.rows[:14]] == pytest.approx(before.rmsd.tolist(), nan_ok=True)
    assert [row[3] for row in table.rows[:14]] == pytest.approx(after.rmsd.tolist(), nan_ok=True)


def test_side_chains_of_a_run_are_measured(sample):
    run = next(r for r, row in sample.material.rows.items() if row.experiment == "sidechain")
    section = Section("side chains", "", {"after": run})
    table = only(build_section(section, sample.material).blocks, Table)
    overall = next(row for row in table.rows if row[0] == "overall")
    told = sample.material.rows[run].metrics
    key = next(key for key in told if key.endswith("/rmsd") and key.startswith("val"))
    assert overall[3] == pytest.approx(told[key].last, abs=0.05)


@pytest.mark.parametrize("kind", ["run", "compare", "table", "findings"])
def test_a_run_that_is_gone_is_named_and_the_others_stay(sample, kind):
    gone = "peptide-20200101-000000-dead"
    option = {"run": gone} if kind == "run" else {"runs": [gone, FOLLOWING]}
    if kind in {"compare", "table"}:
        option["metrics"] = [ACCURACY]
    blocks = build_section(Section(kind, "", option), sample.material).blocks
    assert any(gone in text for text in warnings(blocks))
    assert len(blocks) == 1 or any(isinstance(block, Chart | Table) for block in blocks)
    assert (len(blocks) > 1) == (kind != "run")


@pytest.mark.parametrize("kind", list(SECTIONS))
def test_a_section_without_runs_says_what_is_missing(kind):
    built = build_section(Section(kind), Material({}))
    assert built.blocks
    if kind in {"run", "compare", "table", "findings"}:
        assert "No run is chosen." in warnings(built.blocks)


@pytest.mark.parametrize("kind", list(SECTIONS))
def test_what_is_suggested_fits_its_kind_and_shows_something(sample, kind):
    section = suggest_section(kind, sample.material)
    assert check_options(kind, SECTIONS[kind].options, dict(section.options)) == section.options
    blocks = build_section(section, sample.material).blocks
    assert blocks
    assert warnings(blocks) == []
    assert suggest_section(kind, Material({})).kind == kind


def test_a_run_that_cannot_be_read_is_explained(sample):
    def fails(folder, metrics):
        raise UnavailableError("The run folder cannot be read.")

    material = replace(sample.material, read=fails)
    for kind, options in (
        ("run", {"run": FOLLOWING}),
        ("compare", {"runs": BOTH, "metrics": [ACCURACY]}),
        ("findings", {"runs": BOTH}),
    ):
        told = warnings(build_section(Section(kind, "", options), material).blocks)
        assert "The run folder cannot be read." in told


def test_a_run_of_an_unknown_problem_is_shown():
    folder = record(new_run("toy", {"steps": 20, "seed": 3}, name="mine"), story())
    blocks = build_section(Section("run", "", {"run": folder.name}), all_material()).blocks
    (panel,) = only(blocks, Chart).record.panels  # what its terms add it does not tell
    assert [curve.name for curve in panel.curves] == ["cross-entropy", "b"]


def test_the_runs_of_a_draft_are_named_once():
    assert run_ids(SAMPLE, Material({})) == tuple(BOTH)
