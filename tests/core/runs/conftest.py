"""Runs to test with, and real processes beside the test."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.runs.folder import new_run
from tests.core.runs.stories import record, story

ROOT = Path(__file__).resolve().parents[3]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def run() -> Path:
    return new_run("toy", {"steps": 20})


@pytest.fixture
def finished(run: Path) -> Path:
    return record(run, story())


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a script as a process of its own, with arguments; all end with the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(script: str, *arguments: object, **options: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", script, *map(str, arguments)],
            cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate()
