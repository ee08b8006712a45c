"""The logger: in this process, and in scripts that end in every way a script can."""

import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from core.balance.gradients import gradient_shares, measure_gradients
from core.diagnosis.engine import diagnose
from core.diagnosis.rules import GENERAL_RULES
from core.errors import InputError
from core.figures.run import summarise_run
from core.figures.run_series import RunAxes
from core.runs import Run
from core.runs.folder import read_config, read_meta, run_folders
from core.runs.index import list_runs
from core.runs.launching import request_stop
from core.runs.reader import read_arrays, read_history, tail_log
from core.runs.status import read_status
from core.training.config import TrainingConfig
from core.training.optimiser import make_optimiser
from core.training.step import take_step
from core.training.task import Terms
from tests.core.runs.conftest import Start
from tests.core.runs.stories import eventually
from tests.core.training.toy import ToyTask, toy_schedule

ROOT = Path(__file__).resolve().parents[3]


def own_run() -> Path:
    (folder,) = [path for path, is_sample in run_folders() if not is_sample]
    return folder


def values(folder: Path, key: str) -> list[float]:
    return read_history(folder).series[key].value.tolist()


def test_five_lines_make_a_run_that_everything_can_read():
    with Run.start("my model", config={"lr": 0.1}, total_steps=3) as run:
        for step in range(3):
            run.measure(step, terms={"a": 3.0, "b": 1.0}, weights={"a": 1.0, "b": 1.0 - step / 2},
                        metrics={"val/accuracy": 0.5})  # fmt: skip
    folder = own_run()
    assert run.id == folder.name
    status = read_status(folder)
    assert (status.state, status.step, status.total_steps) == ("finished", 2, 3)
    assert read_meta(folder).name == "my model"
    assert read_config(folder).experiment == "script"
    history = read_history(folder)
    assert history.started is not None
    assert history.started.config == {"lr": 0.1}
    assert (history.terms, history.starts) == (("a", "b"), (0,))
    assert values(folder, "train/b/weighted") == [1.0, 0.5]
    assert values(folder, "train/b/share") == [25.0, pytest.approx(100 / 7)]
    assert values(folder, "train/b/raw") == [1.0, 1.0, 1.0]
    assert values(folder, "train/total_loss") == [4.0, 3.5, 3.0]
    assert values(folder, "val/accuracy") == [0.5] * 3
    row = next(row for row in list_runs() if row.folder == folder)
    assert (row.name, row.metrics["train/total_loss"].last) == ("my model", 3.0)
    assert {p.title for p in summarise_run(history, (), RunAxes()).panels} >= {
        "Contribution of each term", "Share of the loss",
    }  # fmt: skip


def losses(config: TrainingConfig) -> tuple[ToyTask, Terms]:
    task, stage = ToyTask(config), toy_schedule().stages[0]
    torch.manual_seed(1)  # for its dropout
    return task, task.losses(task.batch(0, stage), stage, task.terms)


def test_the_same_keys_and_values_as_those_of_training():
    """One measured step of the training loop, and the logger with the same losses."""
    config = TrainingConfig(batch_size=16)
    weights = {"near": 1.0, "far": 0.001, "third": 0.0}
    task, terms = losses(config)
    told = take_step(make_optimiser(task.model, config), terms, weights, rate=1e-3, clip_norm=1.0,
                     shared=task.shared).values  # fmt: skip
    task, terms = losses(config)
    means = {name: value.mean() for name, value in terms.values.items()}
    with Run.start() as run:
        run.measure(0, terms=means, weights=weights,
                    metrics=measure_gradients(means, weights, task.shared))  # fmt: skip
    own = {key: one.value[0] for key, one in read_history(run.folder).series.items()}
    only_in_training = {"train/learning_rate", "train/gradient_norm", "train/clipped"}
    only_in_training |= {f"train/{term}/dead_share" for term in weights}
    assert set(told) - set(own) == only_in_training
    assert own == pytest.approx({key: told[key] for key in own}, rel=1e-5)


def test_gradient_shares_in_one_line():
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    terms, weights = {"a": x.square().sum(), "b": x.sum()}, {"a": 1.0, "b": 2.0}
    told = measure_gradients(terms, weights, [x])
    known = gradient_shares(terms, weights, [x])
    assert told["train/a/gradient_norm"] == pytest.approx(10.0)
    assert told["train/b/raw_gradient_norm"] == pytest.approx(math.sqrt(2))
    assert told["train/b/gradient_share"] == known.shares["b"]
    assert told["train/a+b/conflict"] == pytest.approx(14 / (10 * math.sqrt(2)) * 1.0, rel=1e-6)
    terms["a"].backward()  # the graph is still there
    with Run.start() as run:
        run.measure(1, terms=terms, weights=weights, metrics=told)
    assert values(run.folder, "train/a/gradient_share") == [known.shares["a"]]


def test_numbers_of_every_kind_are_kept_as_they_are():
    learnt = torch.tensor(2.0, requires_grad=True)
    with Run.start() as run:
        run.measure(np.int64(7), terms={"a": learnt, "b": np.float32(0.5)},
                    metrics={"nan": math.nan, "inf": -math.inf, "one": torch.ones(1, 1),
                             "half": torch.tensor(0.5, dtype=torch.bfloat16), "yes": True,
                             "train/token_accuracy": 0.25})  # fmt: skip
    series = {key: one.value.tolist() for key, one in read_history(run.folder).series.items()}
    assert series["train/a/raw"] == [2.0]
    assert (series["half"], series["one"], series["yes"]) == ([0.5], [1.0], [1.0])
    assert np.isnan(series["nan"])
    assert series["inf"] == [-math.inf]
    assert series["train/residue_accuracy"] == [0.25]


def test_a_term_that_is_not_finite_has_no_share_and_is_found():
    with Run.start() as run:
        for step in range(60):
            a = math.nan if step == 59 else 1.0
            run.measure(step, terms={"a": a, "b": 1.0})
    history = read_history(run.folder)
    assert np.isnan(history.series["train/b/share"].value[-1])
    found = diagnose(history, GENERAL_RULES).findings
    assert any(finding.rule == "R-52" for finding in found)


def test_of_a_negative_contribution_there_are_no_shares():
    with Run.start() as run:
        run.measure(0, terms={"a": 1.0, "b": -0.5})
        run.measure(1, terms={"a": 1.0, "b": -1e-12})
    series = read_history(run.folder).series
    assert series["train/total_loss"].value.tolist() == [0.5, 1.0 - 1e-12]
    assert series["train/a/share"].step.tolist() == [1]


def test_stages_notes_and_arrays_are_told_like_those_of_training():
    with Run.start(terms=("a",), total_steps=20, targets={"a": (60.0, 70.0)}) as run:
        run.stage("first", 0, weights={"a": 1.0}, end_step=10)
        run.measure(0, terms={"a": 1.0})
        run.stage("second", 10, settings={"sigma_da": 0.2})
        run.note("learning rate halved")
        run.record("predictions", 10, {"x": torch.arange(3, requires_grad=False), "y": [1.0, 2.0]})
    history = read_history(run.folder)
    assert [(s.stage, s.step, s.end_step) for s in history.stages] == [
        ("first", 0, 10), ("second", 10, 20),
    ]  # fmt: skip
    assert [(n.step, n.text) for n in history.notes] == [(10, "learning rate halved")]
    assert history.recorded == {"predictions": (10,)}
    assert read_arrays(run.folder, "predictions", 10)["x"].tolist() == [0, 1, 2]
    assert history.started is not None
    assert history.started.targets == {"a": (60.0, 70.0)}


def test_a_term_may_join_and_nothing_that_was_told_gives_way():
    with Run.start() as run:
        for step in range(20):
            if step == 10:
                run.stage("second", 10)
                run.record("kept", 10, {"x": [1]})
            new = {"b": 1.0} if step >= 10 else {}
            run.measure(step, terms={"a": 1.0} | new)
    history = read_history(run.folder)
    assert history.terms == ("a", "b")
    assert history.series["train/a/raw"].step.tolist() == list(range(20))
    assert history.series["train/b/raw"].step.tolist() == list(range(10, 20))
    assert [s.stage for s in history.stages] == ["second"]
    assert history.recorded == {"kept": (10,)}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"terms": {"a": torch.ones(3)}}, "term a: expected a number, came Tensor of shape (3,)"),
        ({"metrics": {"x": "0.5"}}, "x: expected a number, came str"),
        ({"metrics": {"x": None}}, "x: expected a number, came NoneType"),
        ({"metrics": {"x": 10**400}}, "x: expected a number, came int"),
        ({"terms": {"a": 1.0}, "weights": {"b": 1.0}}, "Give term and weight of a"),
        ({"terms": {"a": 1.0}, "weights": {"a": 1.0, "b": 1.0}}, "Give term and weight of b"),
    ],
)
def test_what_is_no_number_is_refused_and_the_run_goes_on(told: dict, words: str):
    with Run.start() as run:
        with pytest.raises(InputError) as error:
            run.measure(0, **told)
        assert words in str(error.value)
        run.measure(1, metrics={"x": 1.0})
    assert read_history(run.folder).series["x"].step.tolist() == [1]


def test_steps_below_zero_and_words_after_the_end_are_refused():
    run = Run.start()
    with pytest.raises(InputError, match="0 or more"):
        run.measure(-1, metrics={"x": 1.0})
    run.end("stopped", "enough")
    run.end()
    assert read_status(run.folder).message == "enough"
    with pytest.raises(InputError, match="a run that goes on"):
        run.measure(0, metrics={"x": 1.0})


def test_options_of_every_kind_become_plain():
    config = {"path": Path("a") / "b", "lr": np.float32(0.5), "n": torch.tensor(3), "t": (1, 2)}
    with Run.start(config=config) as run:
        pass
    assert read_config(run.folder).config == {"path": "a/b", "lr": 0.5, "n": 3, "t": [1, 2]}
    own: dict = {}
    own["self"] = own
    with pytest.raises(InputError, match="configuration"):
        Run.start(config=own)


def test_a_script_sees_that_it_was_asked_to_stop():
    with Run.start() as run:
        assert not run.is_stop_requested
        request_stop(run.folder)
        assert run.is_stop_requested
        run.end("stopped", "on request")
    assert read_status(run.folder).state == "stopped"


# Below a shell's background job SIGINT is ignored, and a script inherits that.
BEGIN = """
import signal, sys, time
from core.runs import Run
signal.signal(signal.SIGINT, signal.default_int_handler)
run = Run.start("script")
for step in range(3):
    run.measure(step, terms={"a": 1.0 + step})
print(run.folder, flush=True)
"""
ENDS = {
    "error": ("raise ValueError('no such layer')", "failed", "ValueError: no such layer"),
    "forgot": ("", "stopped", "The script ended without run.end()."),
    "exit": ("sys.exit(3)", "stopped", "The script ended without run.end()."),
    "ended": ("run.end()\nraise ValueError('later')", "finished", ""),
    "with": ("with run:\n    raise RuntimeError('inside')", "failed", "RuntimeError: inside"),
    "fork": (
        "import os\nif not os.fork(): sys.exit(0)\nos.wait()\nrun.measure(3, terms={'a': 4.0})\n"
        "run.end()", "finished", "",
    ),
}  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_however_a_script_ends_its_run_says_so(end: str, start: Start):
    words, state, message = ENDS[end]
    process = start(BEGIN + words)
    out, err = process.communicate(timeout=60)
    folder = Path(out.strip())
    status = read_status(folder)
    assert (status.state, status.message) == (state, message), err
    expected = [1.0, 2.0, 3.0, 4.0] if end == "fork" else [1.0, 2.0, 3.0]
    assert values(folder, "train/a/raw") == expected
    ended = read_history(folder).ended
    assert ended is not None
    assert ended.outcome == state
    if state == "failed":
        assert message.split(": ")[1] in tail_log(folder)
        assert "Traceback" in tail_log(folder)


def test_an_interrupted_script_is_stopped(start: Start):
    process = start(BEGIN + "time.sleep(60)")
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert read_status(folder).state in ("stopped", "killed")


def test_a_script_that_is_killed_is_found_dead_with_all_that_was_flushed(start: Start):
    loop = "while True:\n    step += 1\n    run.measure(step, terms={'a': 1.0 + step})"
    process = start(BEGIN + loop + "\n    time.sleep(0.02)")
    assert process.stdout is not None
    folder = Path(process.stdout.readline().strip())
    eventually(lambda: len(read_history(folder).series.get("train/a/raw", ())) > 20)
    assert read_status(folder).state == "running"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert read_status(folder).state == "killed"
    series = read_history(folder).series["train/a/raw"]
    assert series.value.tolist() == (series.step + 1.0).tolist()


def test_a_logger_does_not_bring_torch():
    script = "import sys; from core.runs import Run; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
