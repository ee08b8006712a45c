import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.claims.own import OwnClaim
from core.claims.own_files import add_own
from core.report.draft import Draft, Section
from core.report.draft_files import draft_json, draft_path, list_drafts, load_draft, save_draft
from core.report.kinds import SECTIONS
from core.report.sample import AS_WRITTEN, FOLLOWING, SAMPLE
from core.runs.folder import new_run
from tests.core.runs.stories import record, story
from tests.pages.reading import errors, table, text_of

ROOT = Path(__file__).resolve().parents[2]
ACCURACY = "val_easy/residue_accuracy"


def open_report(draft: str = "") -> AppTest:
    """Open the page file alone, as a deep link on a cold server does."""
    app = AppTest.from_file(str(ROOT / "pages" / "report.py"), default_timeout=120)
    if draft:
        app.query_params["draft"] = draft
    return app.run()


def press(app, key):
    return next(button for button in app.button if button.key == key).click().run()


def field(app, kind, name):
    """Find a widget of the editor by its option."""
    return next(w for w in app.get(kind) if w.key and w.key.endswith(f"-{name}"))


def headings(app):
    return [element.value[5:] for element in app.main.markdown if element.value[:5] == "#### "]


def test_the_first_view_is_the_sample_and_says_so(metric):
    app = open_report()
    assert not app.exception
    assert app.subheader[0].value == SAMPLE.title
    assert "2 runs, 2 of them samples" in text_of(app)
    assert [metric(app, name) for name in ("Sections", "Runs", "Charts", "Tables")] == [
        "7", "2", "2", "5",
    ]  # fmt: skip
    assert headings(app)[-1] == "Reproduce"
    assert not any(button.key.startswith("report-up") for button in app.button)
    assert list_drafts() == ()


def test_what_is_drawn_is_what_was_recorded(trace, decode):
    app = open_report()
    told = trace(app, "val easy, residue accuracy", "Weights that follow (sample)")
    assert decode(told["y"])[-1] == pytest.approx(79.68, abs=0.05)


def test_the_sample_becomes_a_draft_that_can_be_arranged():
    app = press(open_report(), "report-copy")
    (name,) = list_drafts()
    assert app.query_params["draft"] in (name, [name])
    assert load_draft(name) == SAMPLE
    kinds = [section.kind for section in SAMPLE.sections]
    app = press(app, "report-down-0")
    assert [s.kind for s in load_draft(name).sections] == [kinds[1], kinds[0], *kinds[2:]]
    app = press(app, "report-up-1")
    app = press(app, "report-remove-5")
    assert [s.kind for s in load_draft(name).sections] == kinds[:5]
    assert "What the notes say of these weights" not in headings(app)
    assert not app.exception


@pytest.mark.parametrize("kind", list(SECTIONS))
def test_every_kind_can_be_added_edited_and_seen(kind):
    save_draft("mine", Draft("Mine"))
    app = press(open_report("mine"), f"report-add-{kind}")
    assert not app.exception
    assert not app.error
    field(app, "text_input", "title").set_value("A <b>heading</b>").run()
    (section,) = load_draft("mine").sections
    assert (section.kind, section.title) == (kind, "A <b>heading</b>")
    assert headings(app)[0] == r"A \<b\>heading\</b\>"
    for option in SECTIONS[kind].options:
        assert option.name in section.options
    app = press(app, "report-edit-0")
    assert not app.get("text_input") or all(
        "report-edit" not in widget.key for widget in app.text_input
    )


def test_text_and_numbers_are_kept_as_they_are_typed():
    save_draft("mine", Draft("Mine", sections=(Section("text"), Section("run", "", {
        "run": FOLLOWING}))))  # fmt: skip
    app = press(open_report("mine"), "report-edit-0")
    field(app, "text_area", "text").set_value("**Bold** <script>x</script>").run()
    assert load_draft("mine").sections[0].options == {"text": "**Bold** <script>x</script>"}
    app = press(app, "report-edit-1")
    field(app, "number_input", "smoothing").set_value(0).run()
    field(app, "selectbox", "run").set_value(AS_WRITTEN).run()
    told = load_draft("mine").sections[1].options
    assert (told["smoothing"], told["run"]) == (0, AS_WRITTEN)
    assert "Note's weights" in headings(app)[0]


def test_metrics_of_a_comparison_change_the_chart():
    save_draft("mine", Draft("Mine"))
    app = press(open_report("mine"), "report-add-compare")
    field(app, "multiselect", "runs").set_value([FOLLOWING, AS_WRITTEN]).run()
    field(app, "multiselect", "metrics").set_value([ACCURACY, "train/ce/raw"]).run()
    alt = app.get("plotly_chart")[0].proto.alt
    assert "residue accuracy" in alt
    assert "cross-entropy value" in alt


def test_own_claims_are_chosen_and_cited():
    claim = OwnClaim("bar", ACCURACY, "at least", 0.01, "last", 0, (FOLLOWING,))
    add_own(claim)
    add_own(replace(claim, name="high bar", value=0.99))
    save_draft("mine", Draft("Mine", sections=(Section("own claims", "", {"claims": ["bar"]}),)))
    app = press(open_report("mine"), "report-edit-0")
    assert not app.exception
    assert table(app, "Statement")["Verdict"].tolist() == ["pass"]
    field(app, "multiselect", "claims").set_value(["high bar", "bar"]).run()
    assert table(app, "Statement")["Verdict"].tolist() == ["fail", "pass"]
    assert load_draft("mine").sections[0].options == {"claims": ["high bar", "bar"]}


def test_title_and_author_are_edited_in_place():
    save_draft("mine", Draft("Mine"))
    app = press(open_report("mine"), "report-edit--1")
    field(app, "text_input", "title").set_value("Another one").run()
    field(app, "text_input", "author").set_value("A. Person").run()
    assert load_draft("mine") == Draft("Another one", "A. Person")
    assert app.subheader[0].value == "Another one"


def test_drafts_are_begun_renamed_and_deleted():
    app = press(open_report(), "report-new")
    assert list_drafts() == ("My report",)
    next(w for w in app.text_input if w.key == "report-name").set_value("weights 2").run()
    app = press(app, "report-rename")
    assert list_drafts() == ("weights 2",)
    next(w for w in app.text_input if w.key == "report-name").set_value("../up").run()
    app = press(app, "report-rename")
    assert "name of the draft" in errors(app)[0]
    app = press(app, "report-delete")
    assert list_drafts() == ()
    assert app.session_state["draft"] == "Sample report"
    assert not app.exception


def test_a_run_deleted_since_is_named_and_can_be_replaced():
    folder = record(new_run("toy", {"steps": 20}, name="mine <b>"), story())
    save_draft("mine", Draft("Mine", sections=(
        Section("run", "", {"run": folder.name}), Section("run", "", {"run": FOLLOWING}),
    )))  # fmt: skip
    app = open_report("mine")
    assert len(app.get("plotly_chart")) == 2
    assert r"mine \<b\>" in headings(app)
    shutil.rmtree(folder)
    app = open_report("mine")
    assert f"The run {folder.name} is gone" in text_of(app)
    assert "1 more gone" in text_of(app)
    assert len(app.get("plotly_chart")) == 1
    app = press(app, "report-edit-0")
    field(app, "selectbox", "run").set_value(AS_WRITTEN).run()
    assert len(app.get("plotly_chart")) == 2
    assert not app.exception


def test_a_damaged_draft_is_explained_and_can_be_deleted():
    save_draft("broken", Draft("t"))
    draft_path("broken").write_text('{"format": 1, "sections": [{"kind": "pear"}]}')
    app = open_report("broken")
    assert "section 1: expected one of the kinds" in errors(app)[0]
    assert not app.exception
    app = press(app, "report-delete")
    assert list_drafts() == ()
    assert not app.error


def test_a_draft_from_a_file_is_taken_whole_or_not():
    app = open_report()
    upload = next(w for w in app.get("file_uploader") if w.key == "report-upload")
    upload.set_value(("shared.json", draft_json(SAMPLE).encode(), "application/json")).run()
    assert list_drafts() == ("shared",)
    assert load_draft("shared") == SAMPLE
    upload = next(w for w in app.get("file_uploader") if w.key == "report-upload")
    upload.set_value(("bad.json", json.dumps([1]).encode(), "application/json")).run()
    assert "bad.json: expected a draft" in errors(app)[0]
    assert list_drafts() == ("shared",)


def test_without_any_run_the_page_still_opens(no_samples):
    app = open_report()
    assert not app.exception
    assert "is gone" in text_of(app)
    app = press(app, "report-new")
    for kind in SECTIONS:
        app = press(app, f"report-add-{kind}")
    assert not app.exception
    assert "No run is chosen." in text_of(app)


def test_names_as_long_as_anything_stay_on_one_line():
    record(new_run("toy", {"steps": 20}, name="<i>" + "x" * 10_000), story())
    save_draft("mine", Draft("y" * 10_000))
    app = press(open_report("mine"), "report-add-run")
    assert not app.exception
    assert max(map(len, headings(app))) < 120
    assert len(app.subheader[0].value) < 250
