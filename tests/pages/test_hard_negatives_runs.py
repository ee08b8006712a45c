"""The view "Signs" of hard_negatives, on runs that were really trained."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from core.diagnosis.contrastive_runs import read_similarity, sampler_options
from core.diagnosis.remedies import drawn_difficulty, order_remedies
from core.events import Measured
from core.history import History
from core.problems.molecule.data import load_pairs
from core.problems.molecule.experiment import MOLECULE, run_name
from core.problems.molecule.explore import search, training_side
from core.problems.new_runs import new_runs
from core.problems.running import run_folder
from core.runs.folder import read_config
from core.runs.reader import read_history
from tests.core.problems.molecule.small import small
from tests.pages.reading import alts, table, text_of

pytestmark = pytest.mark.usefixtures("no_samples")

EPOCHS, SWITCH, WARM_UP = 18, 9, 50  # the warm-up in steps, 5 an epoch
PROBE, MRR = "val_probe/info_nce/raw", "val/mrr"


@dataclass(frozen=True)
class Runs:
    """Two seeds with a switch and two of random batches in a group, and a run that was ruined."""

    home: Path
    hard: tuple[Path, ...]
    random: tuple[Path, ...]
    ruined: Path

    @property
    def every(self) -> tuple[Path, ...]:
        return (*self.hard, *self.random, self.ruined)

    def moved(self, home: Path) -> "Runs":
        *four, ruined = (home / path.relative_to(self.home) for path in self.every)
        return Runs(home, tuple(four[:2]), tuple(four[2:]), ruined)


@pytest.fixture(scope="module")
def trained_here(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    home = tmp_path_factory.mktemp("molecules")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSOSCOPE_HOME", str(home))
        base = small(home, epochs=EPOCHS, learning_rate=3e-3)
        hard = replace(base, hard_negatives=True, curriculum_epoch=SWITCH)
        asked = [replace(config, seed=seed) for config in (hard, base) for seed in (0, 1)]
        four = new_runs(MOLECULE, asked, label=lambda c: f"{run_name(c)}, seed {c.seed}")
        assert [run_folder(folder) for folder in four] == ["finished"] * 4
        wild = replace(hard, resume_from=four[0].name, learning_rate=1.0)  # ruins a good model
        (ruined,) = new_runs(MOLECULE, [wild], name="ruined")
        assert run_folder(ruined) == "finished"
    return Runs(home, four[:2], four[2:], ruined)


@pytest.fixture
def runs(trained_here: Runs, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Open the pages on the runs; nothing may be written there."""
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(trained_here.home))
    return trained_here


@pytest.fixture
def copied_runs(trained_here: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Give a copy that may be damaged."""
    shutil.copytree(trained_here.home, tmp_path / "copy")
    monkeypatch.setenv("LOSSOSCOPE_HOME", str(tmp_path / "copy"))
    return trained_here.moved(tmp_path / "copy")


def opened(open_page, folder: Path | None = None):
    app = open_page("hard_negatives", view="Signs")
    if folder is not None:
        chosen = app.selectbox(key="signs_of")
        chosen.select(next(name for name in chosen.options if name[-4:] == folder.name[-4:])).run()
    assert not app.exception
    return app


def values(history: History, metric: str) -> list[tuple[int, float]]:
    series = history.series[metric]
    return list(zip(series.step.tolist(), series.value.tolist(), strict=True))


def test_without_any_run_the_page_says_so(open_page):
    app = opened(open_page)
    assert "No run of this problem has been started yet" in text_of(app)
    assert not app.metric
    assert not alts(app)


def test_a_run_that_was_not_evaluated_yet_is_not_judged(open_page, copied_runs):
    asked = replace(small(copied_runs.home), hard_negatives=True)
    (waiting,) = new_runs(MOLECULE, [asked], name="waiting")
    app = opened(open_page, waiting)
    assert f"Cannot tell] Not measured yet: {PROBE}, {MRR}." in text_of(app)
    assert not app.metric
    assert not alts(app)


def test_an_expected_switch_is_said_with_the_numbers_of_its_history(open_page, runs, metric):
    for folder in runs.hard:
        app, history = opened(open_page, folder), read_history(folder)
        border = 5 * SWITCH
        said = []
        for name, key, worst in (("loss on fixed random batches", PROBE, max), ("MRR", MRR, min)):
            before = [v for s, v in values(history, key) if s <= border]
            after = [v for s, v in values(history, key) if s > border]
            said.append(f"{name} {before[-1]:.3f} before, {worst(after):.3f} at worst since, "
                        f"{after[-1]:.3f} now")  # fmt: skip
        loss = dict(values(history, "train/info_nce/raw"))
        low, high = (np.median([loss[s] for s in range(start, start + 5)])
                     for start in (border - 5, border))  # fmt: skip
        text = text_of(app)
        assert f"Expected] Hard batches after epoch {SWITCH}." in text
        assert f"({low:.2g} → {high:.2g}), which says nothing of the model: " in text
        assert "; ".join(said) in text
        assert metric(app, "Loss on random batches") == f"{values(history, PROBE)[-1][1]:.3f}"
        assert metric(app, "MRR") == f"{values(history, MRR)[-1][1]:.3f}"
        assert "**What would help if there were any**" in text
        assert len(alts(app)) == 1


def test_remedies_stand_in_the_order_of_what_they_do_to_the_batches(open_page, runs):
    folder, history = runs.hard[0], read_history(runs.hard[0])
    explored = training_side(load_pairs(MOLECULE.config(**read_config(folder).config)))
    similarity = read_similarity(history.started.facts["similarity of random pairs"])
    wanted = order_remedies(
        sampler_options(history), drawn_difficulty(search(explored)),
        random_similarity=similarity[0], learning_rate=3e-3, epochs=EPOCHS,
    )  # fmt: skip
    shown = table(opened(open_page, folder), "Remedy")
    assert shown["Remedy"].tolist() == [one.option for one in wanted]
    assert set(shown["Remedy"]) == {
        "hard_ratio", "hardness_k", "learning_rate", "curriculum_epoch",
    }  # fmt: skip
    for column, name in (("Now", "before"), ("Then", "after")):
        assert shown[column].tolist() == [getattr(one, name) for one in wanted]
    for column, name in (("Hard batch", "batch_change"), ("Whole run", "run_change")):
        changes = [getattr(one, name) for one in wanted]
        assert shown[column].tolist() == pytest.approx(changes, abs=5e-4)
    easier = shown["Hard batch"].to_numpy()
    assert (np.diff(easier) >= 0).all()
    assert easier[0] < 0, "fewer hard members are easier"


def test_trouble_is_said_with_what_would_help_and_another_run_changes_it(open_page, runs):
    app = opened(open_page)
    assert app.selectbox(key="signs_of").value.startswith("ruined"), "the newest with a switch"
    said = text_of(app)
    assert f"Trouble] Hard batches after epoch {SWITCH}." in said
    assert f"The model got worse by epoch {SWITCH + 1}: " in said
    assert "**What would help, in this order**" in said
    assert len(table(app, "Remedy")) == 4
    history = read_history(runs.ruined)
    probe = [value for _, value in values(history, PROBE)]
    lowest = min(probe)
    assert min(probe[SWITCH + 1 : SWITCH + 3]) > 1.5 * lowest + 0.02, "else it is no trouble"
    assert f"best {lowest:.3f}; " in said
    name = next(
        n for n in app.selectbox(key="signs_of").options if "seed 1" in n and n.startswith("hard")
    )
    said = text_of(app.selectbox(key="signs_of").select(name).run())
    assert "Trouble]" not in said
    assert "Expected]" in said
    assert "**What would help if there were any**" in said


def test_a_run_of_random_batches_has_no_switch_and_needs_no_remedy(open_page, runs):
    app = opened(open_page, runs.random[0])
    assert "No trouble] The run has no switch" in text_of(app)
    assert not [one for one in app.dataframe if "Remedy" in one.value.columns]


def test_before_the_first_evaluation_of_hard_batches_it_is_too_early(open_page, copied_runs):
    config = MOLECULE.config(**read_config(copied_runs.hard[0]).config)
    (cut,) = new_runs(MOLECULE, [replace(config, seed=3)], name="cut")

    def stop(event) -> None:
        if isinstance(event, Measured) and event.step == 5 * SWITCH + 1:
            (cut / "stop").touch()

    assert run_folder(cut, tell=stop) == "stopped"
    assert f"Too early] Hard batches after epoch {SWITCH}." in text_of(opened(open_page, cut))


def test_remedies_of_a_run_whose_texts_are_gone_are_predicted_on_the_sample(open_page, copied_runs):
    shutil.rmtree(copied_runs.home / "molecule")
    app = opened(open_page, copied_runs.hard[0])
    assert "the sample of 400 molecules, as the data of this run are not here" in text_of(app)
    assert len(table(app, "Remedy")) == 4


def test_the_notes_sign_is_counted_in_the_runs_that_never_got_worse(open_page, runs, metric):
    held = {}
    for folder in (*runs.hard, *runs.random):
        mrr = [v for s, v in values(read_history(folder), MRR) if s >= WARM_UP]
        held[folder] = any(a > b > c for a, b, c in zip(mrr, mrr[1:], mrr[2:], strict=False))
    for folder, holds in held.items():
        app = opened(open_page, folder)
        assert metric(app, "The note's sign") == ("Holds" if holds else "Does not hold")
    assert f"It holds in {sum(held.values())} of the 4 finished runs here" in text_of(app)


def test_the_way_to_trouble_is_that_of_the_evaluations_that_are_judged(open_page, runs):
    lowest, parts = np.inf, []
    for step, value in values(read_history(runs.ruined), PROBE):
        lowest = min(lowest, value)
        parts += [value / (1.5 * lowest + 0.02)] if step >= WARM_UP else []
    assert f"at worst {100 * max(parts):.0f} % of the way" in text_of(opened(open_page))
