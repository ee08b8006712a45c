"""Contrastive runs made to measure, with the numbers of measured ones, and faults planted in them.

Measured: training loss 0.08 before the switch, 0.16 to 0.24 after it, probe loss 0.04 -> 0.03,
MRR 0.872 -> 0.815 -> 0.851 at the switch in one run, 0.40 to 0.42 on other data, its largest
healthy drop 9.3 %.
"""

from dataclasses import dataclass, field, replace
from math import log

import numpy as np

from core.events import Event, Measured, RunStarted, StageChanged
from core.history import History, collect_history
from core.retrieval import chance_mrr

LENGTH, EPOCHS, BATCH = 40, 20, 32
CONFIG = {
    "hard_negatives": True, "hard_ratio": 0.5, "hardness_k": 100, "curriculum_epoch": 5,
    "batch_size": BATCH, "epochs": EPOCHS, "start_epoch": 0, "seed": 0, "method": "planned",
    "max_similarity": 1.0, "minimum_rank": 0, "shuffle_neighbours": False, "learning_rate": 3e-4,
}  # fmt: skip
FACTS = {
    "steps an epoch": str(LENGTH), "training pairs": "3000",
    "similarity of random pairs": "0.1 ± 0.06",
}  # fmt: skip


@dataclass
class Run:
    """Series of a run, to be changed before it is told.

    Args:
        switch: Epoch of the first hard batch; None is random throughout.
        step: Of training.
        train: By metric, at each step.
        at: Steps of the evaluations.
        val: By metric, at each of them.
    """

    switch: int | None
    step: np.ndarray
    train: dict[str, np.ndarray]
    at: np.ndarray
    val: dict[str, np.ndarray]
    config: dict[str, object]
    facts: dict[str, str] = field(default_factory=lambda: dict(FACTS))
    starts: tuple[int, ...] = (0,)
    has_stages: bool = True

    def events(self) -> list[Event]:
        total = EPOCHS * LENGTH
        told: list[Event] = [
            RunStarted(s, 0.0, "molecule", self.config, ("info_nce",), total, {}, self.facts)  # pyright: ignore
            for s in self.starts
        ]
        if self.has_stages:
            told += stages(self.switch, total)
        rows: dict[int, dict[str, float]] = {}
        for steps, series in ((self.step, self.train), (self.at, self.val)):
            for metric, values in series.items():
                for step, value in zip(steps.tolist(), values.tolist(), strict=True):
                    if not (np.isnan(value) and metric.startswith("train/hard")):
                        rows.setdefault(step, {})[metric] = value
        told += [Measured(step, 0.0, rows[step]) for step in sorted(rows)]
        return sorted(told, key=lambda event: (event.step, isinstance(event, Measured)))

    def history(self, until: float = np.inf) -> History:
        """Collect what had been told before a step."""
        return collect_history(event for event in self.events() if event.step < until)


def stages(switch: int | None, total: int) -> list[Event]:
    weights = {"info_nce": 1.0}
    if switch is None:
        return [StageChanged(0, 0.0, "random", total, weights)]
    if switch <= 0:
        return [StageChanged(0, 0.0, "hard", total, weights)]
    border = switch * LENGTH
    return [
        StageChanged(0, 0.0, "random", border, weights),
        StageChanged(border, 0.0, "hard", total, weights),
    ]


def healthy(
    seed: int = 0, switch: int | None = 5, *, top: float = 0.42, queries: int = 1000,
    rise: float = 2.4, every: int = 1, **config: object,
) -> Run:  # fmt: skip
    """Make a run that learns; its MRR wavers as measured, and dips where batches get hard."""
    rng = np.random.default_rng([seed, 7])
    step = np.arange(EPOCHS * LENGTH)
    epoch = step / LENGTH
    is_hard = np.full(len(step), False) if switch is None else epoch >= switch
    loss = 0.06 + 3.4 * np.exp(-1.1 * epoch) + 0.03 * np.exp(-epoch / 8)
    loss = loss * np.where(is_hard, rise, 1.0) * (1 + 0.2 * rng.standard_normal(len(step)))
    filled = np.where(is_hard, 1.0, np.nan)
    near = np.where(is_hard, 0.39 + 0.03 * rng.standard_normal(len(step)), np.nan)
    at = np.arange(0, EPOCHS + 1, every) * LENGTH
    done = at / LENGTH
    mrr = chance_mrr(queries) + top * (1 - np.exp(-done / 1.8))
    mrr = mrr * (1 - 0.004 * np.maximum(done - 8, 0))  # it peaks and falls a little
    if switch:
        mrr = mrr * np.where((done > switch) & (done <= switch + 1), 0.955, 1.0)
    mrr = mrr * (1 + np.clip(0.02 * rng.standard_normal(len(at)), -0.024, 0.024))
    probe = 0.028 + 3.44 * np.exp(-1.1 * done) + 0.02 * np.exp(-done / 8)
    probe = probe * (1 + 0.05 * rng.standard_normal(len(at)))
    options = CONFIG | {"seed": seed, "curriculum_epoch": switch or 0,
                        "hard_negatives": switch is not None} | config  # fmt: skip
    return Run(
        switch,
        step,
        {
            "train/info_nce/raw": loss,
            "train/chance_loss": np.full(len(step), log(BATCH)),
            "train/alike_pairs": np.where(rng.random(len(step)) < 0.05, 2 / 992, 0.0),
            "train/hard_filled": filled,
            "train/hard_similarity": near,
        },
        at,
        {
            "val/mrr": mrr,
            "val/chance_mrr": np.full(len(at), chance_mrr(queries)),
            "val_probe/info_nce/raw": probe,
            "val/info_nce/raw": 3 * probe,
        },
        options,
    )


FAULTS = {
    # loss right after the fault and at the end, probe likewise, MRR over its value before likewise
    "lr x30": ((1.1, 0.2), (0.55, 0.16), (0.62, 0.85)),
    "lr x300": ((4.6, 3.3), (3.9, 3.4), (0.04, 0.03)),
    "half shuffled": ((2.1, 0.9), (0.9, 1.6), (0.71, 0.5)),
    "all shuffled": ((3.8, 1.2), (3.0, 4.5), (0.12, 0.03)),
}


def faulty(fault: str, epoch: int = 6, **options: object) -> Run:
    """Plant a fault: the loss jumps once and falls again, while the model is ruined."""
    run = healthy(**options)  # pyright: ignore[reportArgumentType]
    loss, probe, mrr = FAULTS[fault]
    seen = run.step >= epoch * LENGTH
    fade = np.exp(-(run.step[seen] / LENGTH - epoch) / 4)
    jitter = run.train["train/info_nce/raw"][seen] / np.median(
        run.train["train/info_nce/raw"][seen]
    )
    run.train["train/info_nce/raw"][seen] = (loss[1] + (loss[0] - loss[1]) * fade) * jitter
    # An evaluation at the step of the fault is of the model before it.
    hit = run.at > epoch * LENGTH
    fade = np.exp(-(run.at[hit] / LENGTH - epoch - 1) / 4)
    run.val["val_probe/info_nce/raw"][hit] = probe[1] + (probe[0] - probe[1]) * fade
    run.val["val/mrr"][hit] *= mrr[1] + (mrr[0] - mrr[1]) * fade
    return run


def by_epoch(run: Run) -> History:
    """Tell a run as an imported log does: one step an epoch, its evaluation at the same step."""
    told: list[Event] = []
    for event in run.events():
        if isinstance(event, RunStarted):
            told.append(replace(event, total_steps=EPOCHS, facts={"x axis": "epoch"}))
        elif isinstance(event, StageChanged):
            told.append(replace(event, step=event.step // LENGTH + 1, end_step=EPOCHS + 1))
        elif isinstance(event, Measured) and event.step % LENGTH == 0 and event.step:
            told.append(Measured(event.step // LENGTH, 0.0, event.values))
    return collect_history(told)
