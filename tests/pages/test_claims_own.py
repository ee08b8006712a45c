"""The view of one's own claims: said in the form, judged beside it, removed again."""

import pytest

from core.claims.own import OwnClaim
from core.claims.own_files import add_own, own_claims
from core.events import Measured, RunStarted
from core.runs.folder import new_run
from core.runs.index import list_runs
from core.runs.writer import RunWriter
from tests.pages.reading import errors, table


@pytest.fixture
def sample() -> str:
    return next(row.id for row in list_runs() if "val/mrr" in row.metrics and row.is_sample)


def said(app, name: str, value: float, run: str):
    """Fill in the form and press Add."""
    app.text_input(key="own-name").set_value(name)
    app.selectbox(key="own-metric").set_value("val/mrr")
    app.number_input(key="own-value").set_value(value)
    app.multiselect(key="own-runs").set_value([run])
    return app.button(key="own-add").click().run()


def test_claims_are_said_judged_and_removed(open_page, sample):
    app = open_page("claims", view="Own claims")
    assert "No claim yet" in app.info[0].value
    add_own(OwnClaim("to come", "val/mrr", "at least", 0.5, "last", 0, ("pocket-to-come",)))
    app = said(app, "low bar", 0.001, sample)
    app = said(app, "high bar", 0.999, sample)
    assert not app.exception
    assert not app.error
    rows = table(app, "What it says").set_index("Claim")
    assert rows["Verdict"].to_dict() == {
        "to come": "undecided", "low bar": "pass", "high bar": "fail",
    }  # fmt: skip
    assert rows["Why"]["to come"] == "no such run here: pocket-to-come"
    value = next(row.metrics["val/mrr"].last for row in list_runs() if row.id == sample)
    assert float(rows["Value"]["low bar"]) == pytest.approx(value, abs=5e-4)
    assert [m.value for m in app.metric] == ["1", "1", "1"]
    for kind in ("text_input", "selectbox", "number_input", "multiselect"):
        assert all(widget.proto.help for widget in app.get(kind))

    app = said(app, "low bar", 0.5, sample)
    assert "a name of its own" in errors(app)[0]
    app.selectbox(key="own-gone").set_value("to come").run()
    app.button(key="own-remove").click().run()
    assert [claim.name for claim in own_claims()] == ["low bar", "high bar"]


def test_a_claim_of_the_newest_run_is_watched_before_there_is_one(open_page):
    add_own(OwnClaim("to come", "val/mrr", "at least", 0.5, "last", 0, ("newest pocket",)))
    app = open_page("claims", view="Own claims")
    (row,) = table(app, "What it says").to_dict("records")
    assert (row["Verdict"], row["Why"]) == ("undecided", "waits for a run of pocket to begin")
    folder = new_run("pocket", {}, name="begun")
    with RunWriter(folder, device="cpu") as writer:
        writer.write(RunStarted(0, 0.0, "pocket"))
        for step in range(5):
            writer.write(Measured(step, float(step), {"val/mrr": 0.6}))
    (row,) = table(app.run(), "What it says").to_dict("records")
    assert (row["Verdict"], row["n"]) == ("pass", "5")
    assert row["Why"].endswith(folder.name)


def test_a_grade_of_the_notes_becomes_claims_of_runs_to_come(open_page):
    app = open_page("claims", view="Own claims")
    app.selectbox(key="grade").set_value(1)
    app = app.button(key="grade-add").click().run()
    assert not app.exception
    rows = table(app, "What it says")
    assert rows["Claim"].tolist() == ["good model 1", "good model 2", "good model 3"]
    assert set(rows["Verdict"]) == {"undecided"}
    assert rows["What it says"][2].startswith("val_easy/ppm_error at most 1000: median of last 5")


def test_filters_that_no_claim_passes_say_so(open_page):
    app = open_page("claims", words="no such words")
    assert "No claim passes" in app.info[0].value
