"""What a planted fault is."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.planted.course import Course
from benchmarks.planted.healthy import healthy
from core.diagnosis.finding import Severity

Plant = Callable[[Course, np.random.Generator], int]


@dataclass(frozen=True)
class Fault:
    """A fault, how it is planted into a simulated run, and who must find it.

    Args:
        name: In words.
        kind: The problem that the run is like.
        rules: Identities of the rules that must find it, each of them.
        plant: Changes a healthy course; returns the step from which it could be seen.
        least: The mildest severity that counts as found.
        shape: How the run is logged.
        is_fault: False of what is expected and must be explained: a rule that says "ok", or tells
            a figure of every run.
    """

    name: str
    kind: str
    rules: tuple[str, ...]
    plant: Plant
    least: Severity = "warn"
    shape: str = "usual"
    is_fault: bool = True


def faulty(fault: Fault, seed: int) -> tuple[Course, int]:
    """Make a healthy run and plant a fault; with the step from which it could be seen."""
    course = healthy(fault.kind, seed, fault.shape)
    step = fault.plant(course, np.random.default_rng([seed, 9]))
    return course, step
