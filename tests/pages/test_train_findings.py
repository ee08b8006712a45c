"""The view of findings: a corrected run in one click, an acknowledgement, options that warn."""

from pathlib import Path

import numpy as np
import pytest

from core.events import Measured, RunEnded, RunStarted
from core.problems.peptide.config import PeptideConfig
from core.runs.folder import new_run, read_config, read_meta, run_folders
from core.runs.writer import RunWriter
from core.training.settings import to_plain
from pages.ui.train import views_of_verdicts

STEPS = 60


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


def text_of(app) -> str:
    return "\n".join(element.value for element in app.markdown)


def button(app, label: str):
    return next(one for one in app.button if one.label.startswith(label))


def test_a_finding_starts_a_run_with_what_it_suggests(open_page, broken, monkeypatch):
    launched: list[Path] = []
    monkeypatch.setattr(views_of_verdicts, "launch", launched.append)
    app = open_page("train", run=broken.name, view="Findings")
    assert "is NaN at step 51" in text_of(app)
    button(app, "Start a run with learning rate 0.02 → 0.002").click()
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
    app.text_input[-1].set_value("the *data* end here")
    button(app, "Keep").click()
    app.run()
    (key,) = read_meta(broken).acknowledged
    assert key.startswith("R-52")
    assert "Acknowledged" in text_of(app)
    button(app, "Take back").click()
    app.run()
    assert read_meta(broken).acknowledged == {}


def test_the_form_warns_of_options_before_a_run_starts(open_page):
    app = open_page("train")
    assert "very high for Adam" not in text_of(app)
    rate = next(one for one in app.number_input if one.key == "peptide-learning_rate")
    rate.set_value(0.3)
    app.run()
    assert "A learning rate of 0.3 is very high for Adam" in text_of(app)
