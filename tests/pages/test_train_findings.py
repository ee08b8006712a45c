"""The view of findings: a corrected run in one click, an acknowledgement, options that warn."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.events import Measured, RunEnded, RunStarted
from core.problems.peptide.config import PeptideConfig
from core.problems.peptide.experiment import PEPTIDE
from core.report.sample import AS_WRITTEN
from core.runs.acknowledged import acknowledge
from core.runs.folder import SAMPLE_RUNS, new_run, read_config, read_meta, run_folders
from core.runs.writer import RunWriter
from core.training.settings import from_plain, to_plain
from pages.ui.train import views_of_findings
from pages.ui.train.watched import look_at
from tests.pages.reading import alts, table, text_of

STEPS = 60
TANH = next(
    path.name for path in SAMPLE_RUNS.glob("sidechain-*") if read_meta(path).name.endswith(" tanh")
)


@pytest.fixture
def broken(state_folder) -> Path:
    """A synthetic run that meets NaN."""
    config = to_plain(PeptideConfig(steps=STEPS, learning_rate=0.02))
    folder = new_run("peptide", config, name="broken")
    with RunWriter(folder, device="cpu") as writer:
        writer.write(RunStarted(0, 0.0, "peptide", config, ("ce",), STEPS))
        for step in range(STEPS):
            value = np.nan if step > 50 else 2.0 - step / 60
            writer.write(Measured(step, float(step), {"train/total_loss": value}))
        writer.write(RunEnded(STEPS, 60.0, "diverged", "the total loss is NaN"))
    return folder


def button(app, label: str):
    return next(one for one in app.button if one.label.startswith(label))


def test_a_finding_starts_a_run_with_what_it_suggests(open_page, broken, monkeypatch):
    launched: list[Path] = []
    monkeypatch.setattr(views_of_findings, "launch", launched.append)
    app = open_page("train", run=broken.name, view="Findings")
    assert "is NaN at step 51" in text_of(app)
    button(app, "Run with learning rate 0.02 → 0.002").click()
    app.run()
    assert not app.exception
    (begun,) = launched
    asked, before = read_config(begun).config, read_config(broken).config
    assert {key for key in asked if asked[key] != before[key]} == {"learning_rate"}
    assert asked["learning_rate"] == 0.002
    assert read_meta(begun).name == "broken, learning rate 0.02 → 0.002"
    assert begun in {path for path, _ in run_folders()}


def test_a_finding_is_acknowledged_with_a_note_and_taken_back(open_page, broken):
    app = open_page("train", run=broken.name, view="Findings")
    assert "1 finding]" in text_of(app)
    fields = {one.label: one for one in reversed(app.text_input)}
    fields["Note"].set_value("the *data* end here")
    fields["Your name"].set_value("Ada")
    button(app, "Keep").click()
    app.run()
    ((key, seen),) = read_meta(broken).acknowledged.items()
    assert key.startswith("R-52")
    assert (seen.note, seen.by) == ("the *data* end here", "Ada")
    said = text_of(app)
    assert re.search(r"acknowledged by Ada \d{4}-\d\d-\d\d .*: the .*data.* end here", said)
    assert "1 acknowledged" in said, "in the headline, which no longer counts it"
    assert "1 finding]" not in said
    assert not [one for one in app.button if one.label.startswith("Run with")]
    button(app, "Take back").click()
    app.run()
    assert read_meta(broken).acknowledged == {}
    assert "1 finding]" in text_of(app)


def test_overview_and_compare_list_what_is_open_and_leave_out_what_was_seen(
    open_page, broken, no_samples
):
    address = f"train?run={broken.name}&view=Findings"
    pages = {"overview": {}, "runs": {"runs": [broken.name]}}
    for name, query in pages.items():
        app = open_page(name, **query)
        (row,) = table(app, "Since step").to_dict("records")
        assert (row["Run"], row["How bad"], row["Since step"]) == ("broken", "error", 51)
        assert row["Look"] == address
        assert row["What to try"]
    assert table(open_page("overview"), "Result")["Open findings"].tolist() == [1]
    (key,) = (finding.key for finding in look_at(broken).unseen.open)
    acknowledge(broken, (key,), "known")
    for name, query in pages.items():
        app = open_page(name, **query)
        assert "1 acknowledged, not listed" in text_of(app)
        assert not [one for one in app.dataframe if "Since step" in one.value.columns]
    assert table(open_page("overview"), "Result")["Open findings"].tolist() == [0]


def test_weights_are_solved_for_a_run_and_its_page_opens_with_its_values(
    open_page, state_folder, monkeypatch
):
    """The sample with the note's weights, as a run of one's own."""
    folder = state_folder / "runs" / AS_WRITTEN
    shutil.copytree(SAMPLE_RUNS / AS_WRITTEN, folder)
    launched: list[Path] = []
    monkeypatch.setattr(views_of_findings, "launch", launched.append)
    app = open_page("train", run=AS_WRITTEN, view="Findings")
    labels = [one.label for one in app.button]
    assert labels.count("Run with solved weights") == 1, "each change once, at the worst finding"
    assert any(alt.startswith("Evidence of R-05: Precursor share") for alt in alts(app))
    button(app, "Run with solved weights").click()
    app.run()
    assert not app.exception
    (begun,) = launched
    asked, before = read_config(begun).config, read_config(folder).config
    assert {key for key in before if asked[key] != before[key]} == {"schedule"}
    tenth = PEPTIDE.schedule(from_plain(PeptideConfig, asked)).stages[-1].weights
    assert tenth["precursor"] < 0.1 * PEPTIDE.schedule(PeptideConfig()).stages[-1].weights[
        "precursor"
    ]  # fmt: skip
    app = open_page("train", run=AS_WRITTEN, view="Findings")
    button(app, "Open Loss balance").click()
    app.run()
    assert not app.exception
    assert app.selectbox(key="raw").value == "table"


def test_a_finding_links_the_page_that_explains_it(open_page):
    app = open_page("train", run=TANH, view="Findings")
    links = {link.proto.label: link.proto.page for link in app.get("page_link")}
    assert links["Open Per-atom RMSD"] == "per_atom_rmsd"


def test_the_form_warns_of_options_before_a_run_starts(open_page):
    app = open_page("train")
    assert "very high for Adam" not in text_of(app)
    rate = next(one for one in app.number_input if one.key == "peptide-learning_rate")
    rate.set_value(0.3)
    app.run()
    assert "A learning rate of 0.3 is very high for Adam" in text_of(app)
