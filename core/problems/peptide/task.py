"""The peptide problem as the training loop wants it: batches, terms, scores."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from core.problems.peptide.batch_spectra import Batch
from core.problems.peptide.batches import PeptideSource, held_out_batches
from core.problems.peptide.config import PeptideConfig, SpectrumOptions
from core.problems.peptide.data import CLEAN, NOISY
from core.problems.peptide.model import RecursiveModel
from core.problems.peptide.objective import PRECURSOR_LOSSES, TERMS, objective_terms
from core.problems.peptide.residues import PLAIN_VOCABULARY
from core.problems.peptide.scores import constant_right, score, share_by_position
from core.training.curriculum import Stage
from core.training.task import Evaluation, Terms

MZ_MAX = 6000.0  # above the heaviest peptide that can be asked for: no peak falls outside
SOLVED_CE, SOLVED_SPECTRUM, SOLVED_PPM = 0.02, 0.005, 10.0


@dataclass(frozen=True, eq=False)
class PeptideTask:
    """A model of peptides with its batches; see `core.training.task.Task`.

    Args:
        config: Options of the run.
        device: Where everything lies.
        model: What is trained.
        source: Of the training batches.
        held_out: Sets by split.
        constant: What the best constant answer reaches on each set.
    """

    config: PeptideConfig
    device: torch.device
    model: RecursiveModel
    source: PeptideSource
    held_out: Mapping[str, Batch]
    constant: Mapping[str, tuple[np.ndarray, np.ndarray]]

    @property
    def terms(self) -> tuple[str, ...]:
        """Cross-entropy, spectrum, precursor."""
        return TERMS

    @property
    def shared(self) -> Sequence[nn.Parameter]:
        """All parameters: every term reads the last answer, and that depends on all of them."""
        return list(self.model.parameters())

    @property
    def floors(self) -> Mapping[str, float]:
        """Values at which a term has nothing left to teach; of the precursor, 10 ppm."""
        ten_ppm = PRECURSOR_LOSSES[self.config.precursor_loss].evaluate(torch.tensor([SOLVED_PPM]))
        return {"ce": SOLVED_CE, "spectrum": SOLVED_SPECTRUM, "precursor": float(ten_ppm)}

    @property
    def facts(self) -> Mapping[str, str]:
        """Where spectra come from, and what the model is told."""
        config, easy = self.config, self.held_out["val_easy"]
        return {
            "training data": f"synthetic spectra of random peptides of {config.min_length} to "
            f"{config.max_length} residues, composed like the sample digest, without end",
            "held out": f"{len(easy.length)} peptides of the digest of the sample proteins, "
            "never trained on (I = L); easy: clean spectra, hard: noisy ones",
            "number of residues": "is given" if self.length_given else "is predicted (stop token)",
        }

    @property
    def length_given(self) -> bool:
        """Whether the model is told the number of residues: where no label can teach it."""
        return self.config.solo in {"spectrum", "precursor"}

    def batch(self, step: int, stage: Stage) -> Batch:
        """Draw the batch of a step: a pure function of the seed, the step and the stage."""
        clean_share = stage.clean_share if self.config.noise else 1.0
        return self.source.draw(step, self.config.batch_size, clean_share, self.device)

    def losses(self, batch: Batch, stage: Stage, wanted: Collection[str]) -> Terms:
        """Evaluate the wanted terms of a batch."""
        output = self._answer(batch)
        return Terms(self._terms(output, batch, stage, wanted), output)

    def evaluate(self, stage: Stage) -> Evaluation:
        """Score both held-out sets; raw terms are those of the stage's peak width."""
        values: dict[str, float] = {}
        arrays: dict[str, Mapping[str, np.ndarray]] = {}
        with torch.no_grad():
            for split, batch in self.held_out.items():
                output = self._answer(batch)
                scores = score(
                    output[:, -1],
                    batch,
                    length_given=self.length_given,
                    special_tokens=self.config.special_tokens,
                )
                raw = self._terms(output, batch, stage, TERMS)
                values |= {f"{split}/{name}": value for name, value in scores.values.items()}
                values |= {f"{split}/{name}/raw": float(v.mean()) for name, v in raw.items()}
                constant, is_residue = self.constant[split]
                accuracy = float(constant[is_residue].mean())
                values[f"{split}/constant_residue_accuracy"] = accuracy
                beside = {"best_constant": share_by_position(constant, is_residue)}
                arrays[f"{split}_by_position"] = scores.by_position | beside
                arrays[f"{split}_by_example"] = scores.by_example
        return Evaluation(values, arrays)

    def _answer(self, batch: Batch) -> Tensor:
        length = batch.length if self.length_given else None
        return self.model(batch.observed, batch.precursor_mass_da, length)

    def _terms(
        self, output: Tensor, batch: Batch, stage: Stage, wanted: Collection[str]
    ) -> dict[str, Tensor]:
        sigma_da = stage.sigma_da or self.config.sigma_end_da
        return objective_terms(
            output.transpose(0, 1),
            batch.target,
            batch.mask,
            batch.observed,
            batch.precursor_mass_da,
            wanted,
            spectrum_loss=self.config.spectrum_loss,
            precursor_loss=self.config.precursor_loss,
            options=SpectrumOptions(
                sigma_da=sigma_da, mz_max=MZ_MAX, special_tokens=self.config.special_tokens
            ),
            vocabulary=PLAIN_VOCABULARY,
        )


def build_task(config: Any, device: torch.device) -> PeptideTask:
    """Make the task of a configuration, with parameters drawn from its seed.

    The random state of others is left as it was.

    Raises:
        InputError: The digest has no peptide of these lengths.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        model = RecursiveModel(
            max_length=config.max_length, width=config.width, recursions=config.recursions
        )
    noise = NOISY if config.noise else CLEAN
    source = PeptideSource(config.min_length, config.max_length, config.seed, noise)
    held_out = held_out_batches(config.min_length, config.max_length, device)
    constant = {split: constant_right(source, b) for split, b in held_out.items()}
    return PeptideTask(config, device, model.to(device), source, held_out, constant)
