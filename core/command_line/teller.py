"""What a training says: its events, and at an evaluation how it stands."""

from collections.abc import Mapping
from math import nan

from core.command_line.saying import say, say_rare
from core.events import Event, Measured, Plain, RunStarted
from core.metrics import read_key
from core.problems.experiment import Experiment, Scored
from core.problems.experiments import EXPERIMENTS

SHOWN = ("residue_accuracy", "peptide_accuracy", "ppm_error")


class Teller:
    """Says events line by line; of an evaluation also what was trained since the one before."""

    def __init__(self) -> None:
        self.experiment: Experiment | None = None
        self.config: Mapping[str, Plain] = {}
        self.losses: list[float] = []
        self.rate: float | None = None

    def __call__(self, event: Event) -> None:
        """Say one event."""
        say_rare(event)
        match event:
            case RunStarted():
                self._begin(event)
            case Measured() if any(key.startswith("val") for key in event.values):
                for line in self._scores(event):
                    say(line)
            case Measured():
                self.losses.append(event.values.get("train/total_loss", nan))
                self.rate = event.values.get("train/learning_rate")
            case _:
                pass

    def _begin(self, started: RunStarted) -> None:
        self.experiment = EXPERIMENTS.get(started.experiment)
        self.config = started.config

    def _scores(self, told: Measured) -> tuple[str, ...]:
        loss = sum(self.losses) / len(self.losses) if self.losses else None
        self.losses = []
        if self.experiment is None or self.experiment.score_lines is None:
            return (f"step {told.step:,}: {_scores(told.values)}",)
        scored = Scored(told.step, told.values, self.config, loss, self.rate)
        return self.experiment.score_lines(scored)


def _scores(values: Mapping[str, float]) -> str:
    """Name the scores that matter; of a problem without them, the first few."""
    read = {key: read_key(key) for key in values}
    chosen = [key for key, named in read.items() if named.spec.name in SHOWN] or list(values)[:4]
    return ", ".join(
        f"{read[key].split} {read[key].label} {_amount(values[key], read[key].spec.unit)}"
        for key in chosen
    )


def _amount(value: float, unit: str) -> str:
    return f"{100 * value:.1f} %" if unit == "fraction" else f"{value:,.4g} {unit}".rstrip()
