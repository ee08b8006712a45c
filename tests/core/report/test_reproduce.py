import json
import shlex
from argparse import ArgumentParser
from dataclasses import replace

import pytest

from core.__main__ import main
from core.problems.command_words import runs_of_words
from core.problems.experiments import EXPERIMENTS
from core.problems.new_runs import new_runs
from core.problems.peptide.balance import note_schedule
from core.problems.peptide.config import PeptideConfig
from core.report.blocks import Listing, Table
from core.report.draft import Draft, Section
from core.report.html import build_report
from core.report.material import Material, all_material
from core.report.reproduce import command_of, reproduce
from core.report.sample import BOTH
from core.report.writing import write_report
from core.runs.folder import new_run, read_config
from tests.core.report.reading import Page


def again(command: str) -> dict:
    """Train by the command, as far as its configuration."""
    words = shlex.split(command)
    assert words[:4] == ["python", "-m", "core", "train"]
    (folder,) = runs_of_words(words[4:], ArgumentParser())
    return dict(read_config(folder).config)


def test_the_command_of_every_sample_makes_its_configuration(sample):
    """Options that came later are at their defaults."""
    for row in sample.material.rows.values():
        assert again(command_of(row)).items() >= row.config.items()


@pytest.mark.parametrize("name", list(EXPERIMENTS))
def test_the_command_of_defaults_has_no_option(name):
    known = EXPERIMENTS[name]
    (folder,) = new_runs(known, [known.config()])
    row = all_material().rows[folder.name]
    assert command_of(row) == f"python -m core train {name}"
    assert again(command_of(row)) == row.config


@pytest.mark.parametrize("balancing", ["schedule", "targets"])
def test_a_schedule_is_a_file_beside_the_command(tmp_path, monkeypatch, balancing):
    monkeypatch.chdir(tmp_path)
    config = replace(PeptideConfig(), schedule=note_schedule(), balancing=balancing, seed=7)
    (folder,) = new_runs(EXPERIMENTS["peptide"], [config])
    material = all_material()
    draft = Draft("t", sections=(Section("run", "", {"run": folder.name}),))
    listings = {b.title: b.text for b in reproduce(draft, material).blocks
                if isinstance(b, Listing)}  # fmt: skip
    name = f"schedule-{folder.name}.json"
    (tmp_path / name).write_text(listings[name])
    command = command_of(material.rows[folder.name])
    assert f"--schedule {name}" in command
    assert "--seed 7" in command
    assert again(command) == read_config(folder).config


def test_words_that_a_shell_would_take_are_quoted(sample):
    row = next(r for r in sample.material.rows.values() if r.experiment == "sidechain")
    evil = "-a b; rm -rf $HOME '\"\n`id`"
    changed = replace(row, config={**row.config, "structures": evil})
    words = shlex.split(command_of(changed))
    assert f"--structures={evil}" in words


def test_what_was_brought_in_has_no_command():
    folder = new_run("csv <b>", {"lr": 1})
    assert command_of(all_material().rows[folder.name]).startswith("# no command")


def test_it_names_seeds_versions_differences_and_whole_configurations(sample):
    blocks = sample.built[-1].blocks
    runs, differences = (block for block in blocks if isinstance(block, Table))
    assert [row[1] for row in runs.rows] == BOTH
    assert [row[3] for row in runs.rows] == ["0", "0"]
    assert "2.13" in str(runs.rows[0][7])
    assert differences.columns == ("Run", "balancing")
    whole = next(b for b in blocks if isinstance(b, Listing) and b.is_folded)
    assert json.loads(whole.text) == {run: sample.material.rows[run].config for run in BOTH}
    assert "Python" in blocks[-1].text


def test_the_machine_is_not_named(sample):
    history = sample.material.read(sample.material.rows[BOTH[0]].folder, ())
    assert f">{history.started.facts['host']}<" not in sample.html


def test_without_runs_the_versions_are_left():
    (built,) = build_report(Draft("t"), Material({}))
    assert len(built.blocks) == 1


def test_the_command_line_writes_the_file(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draft = tmp_path / "draft.json"
    draft.write_text(json.dumps({"format": 1, "title": "From a file", "sections": []}))
    assert main(["report", str(draft), "--out", "made.html"]) == 0
    assert "made.html is written" in capsys.readouterr().out
    assert "From a file" in Page((tmp_path / "made.html").read_text()).text
    assert write_report(str(draft)).name == "from-a-file.html"
    assert main(["report", "nowhere"]) == 2
    assert "expected a file, or one of Sample report" in capsys.readouterr().err
    assert main(["report", str(draft), "--out", str(tmp_path / "no" / "x.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
