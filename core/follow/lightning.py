"""A logger for Lightning's Trainer: what the module logs becomes a run.

It has the methods that a Trainer calls and imports nothing of Lightning, so it goes with every
version; `trainer = Trainer(logger=LightningLogger("first try"))`.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from core.importers.names import known_key
from core.runs.logger import Run

LIGHTNING: Final = "lightning"
RANKS: Final = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "JSM_NAMESPACE_RANK")


class LightningLogger:
    """Writes a run; of several processes that train together the first one does.

    Args:
        run_name: Of the run, in lists.
        terms: Names of the loss terms, and what the module logs them as.
        weights: Factor of each of these terms; without any, all are 1.
        options: Of the run, beside the hyperparameters of the module.

    Example:
        >>> LightningLogger("first try", terms={"ce": "train_ce", "kl": "train_kl"}).name
        'first try'
    """

    group_separator = "/"
    save_dir = None
    root_dir = None
    log_dir = None

    def __init__(
        self,
        run_name: str = "",
        *,
        terms: Mapping[str, str] | None = None,
        weights: Mapping[str, float] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = run_name or LIGHTNING
        self.terms = dict(terms or {})
        self.weights = dict(weights or dict.fromkeys(self.terms, 1.0))
        self.options = dict(options or {})
        self._run: Run | None = None
        self._is_open = False

    @property
    def version(self) -> str:
        """The id of the run; empty before the first value."""
        return self._run.id if self._run else ""

    @property
    def run(self) -> Run:
        """The run, for notes, stages and arrays; begun where it was not yet, or had ended."""
        if self._run is None:
            self._run = Run.start(self.name, config=self.options, terms=tuple(self.terms),
                                  experiment=LIGHTNING)  # fmt: skip
        elif not self._is_open:  # trainer.test after trainer.fit
            behind = replace(self._run.started, step=self._run.newest_step + 1)
            newest = self._run.newest_step
            self._run = Run(self._run.folder, behind)
            self._run.newest_step = newest
        self._is_open = True
        return self._run

    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Write what was logged at a step."""
        if not _is_first():
            return
        names = {logged: term for term, logged in self.terms.items()}
        terms = {names[name]: value for name, value in metrics.items() if name in names}
        self.run.measure(
            max(self.run.newest_step, 0) if step is None else step,
            terms=terms,
            weights={term: self.weights[term] for term in terms},
            metrics={known_key(k): value for k, value in metrics.items() if k not in names},
        )

    def log_hyperparams(self, params: Any = None, *_: Any, **more: Any) -> None:
        """Keep the hyperparameters: a mapping or a namespace, before the first value."""
        told = params if isinstance(params, Mapping) else vars(params) if params else {}
        self.options |= dict(told) | more

    def finalize(self, status: str) -> None:
        """End the run; where an error is passing, with its message."""
        if self._run is None or not self._is_open:
            return
        self._is_open = False
        error = sys.exc_info()[1]
        if error is not None:
            self._run.__exit__(type(error), error, None)
        else:
            self._run.end("failed" if status == "failed" else "finished")

    def log_graph(self, *_: Any, **__: Any) -> None:
        """Does nothing: a run keeps no graph of the model."""

    def save(self) -> None:
        """Does nothing: what is measured is written at once."""

    def after_save_checkpoint(self, *_: Any) -> None:
        """Does nothing: checkpoints stay where the Trainer puts them."""


def _is_first() -> bool:
    """Say whether this is the first of the processes that train together."""
    told = [os.environ[name] for name in RANKS if name in os.environ]
    return not told or told[0] == "0"
