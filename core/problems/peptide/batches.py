"""Batches without end for training, and the two held-out sets: spectra of known peptides.

A batch is a pure function of the seed, the step and the clean share.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from core.errors import InputError
from core.problems.peptide.batch_spectra import FIRST_RESIDUE, PAD, Batch, make_batch
from core.problems.peptide.data import held_out_peptides, mix_clean_noisy
from core.problems.peptide.digest import sample_composition
from core.problems.peptide.peptides import canonical
from core.problems.peptide.residues import PLAIN_VOCABULARY
from core.problems.peptide.synthetic import NOISY, NoiseModel

HELD_OUT_SEED: Final = 20_250_101  # of the noise of the hard set: one set for every run


@dataclass(frozen=True, eq=False)
class PeptideSource:
    """Peptides without end with the composition of the sample digest, none of them from it.

    Every position has the same composition, the last one too: where it were always K or R, a term
    that teaches nothing else would still look as if it had read the last residue.

    Args:
        min_length: Fewest residues, 2 or more; lengths are drawn evenly.
        max_length: Most residues.
        seed: Of everything drawn.
        noise: What makes an example noisy; equal heights, no isotopes.

    Raises:
        InputError: The lengths do not fit, or the noise model is one of measured spectra.
    """

    min_length: int
    max_length: int
    seed: int = 0
    noise: NoiseModel = NOISY
    _cumulative: Float[np.ndarray, " residues"] = field(init=False, repr=False)
    _excluded: frozenset[bytes] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare the cumulative composition and the peptides never to draw."""
        if not 2 <= self.min_length <= self.max_length:
            raise InputError(
                "min_length and max_length",
                expected="2 or more, and not above max_length",
                came=f"{self.min_length} to {self.max_length}",
                do="Correct the lengths",
            )
        if self.noise.heights != "equal" or self.noise.isotopes:
            raise InputError(
                "noise model of a batch",
                expected="equal heights and no isotopes",
                came="a model of measured spectra",
                do="Choose another noise model",
            )
        held_out = held_out_peptides()
        total = np.cumsum(list(sample_composition().values()))
        total[total == total[-1]] = 1.0  # rounding must not leave room for a 21st residue
        object.__setattr__(self, "_cumulative", total)
        rows = token_rows([canonical(peptide) for peptide in held_out], self.max_length)
        object.__setattr__(self, "_excluded", frozenset(row.tobytes() for row in rows))

    def draw(self, step: int, n: int, clean_share: float, device: torch.device) -> Batch:
        """Draw the batch of a step.

        Args:
            step: Optimiser step, 0 or more.
            n: Number of examples.
            clean_share: Exactly round(n x clean_share) examples are clean.
            device: Where the tensors lie.

        Example:
            >>> source = PeptideSource(6, 8)
            >>> first, again = (source.draw(7, 4, 0.5, torch.device("cpu")) for _ in range(2))
            >>> bool((first.target == again.target).all()), int(first.clean.sum())
            (True, 2)
        """
        generator = np.random.default_rng([self.seed, step])
        tokens, length = self._peptides(n, generator)
        clean = mix_clean_noisy(n, clean_share, generator)
        return make_batch(tokens, length, clean, self.noise, generator, device)

    def _peptides(
        self, n: int, generator: np.random.Generator
    ) -> tuple[Int[np.ndarray, "n length"], Int[np.ndarray, " n"]]:
        """Draw peptides, and draw again those that are held out."""
        tokens, length = self._any_peptides(n, generator)
        again = np.flatnonzero(self._held_out(tokens))
        while len(again):
            tokens[again], length[again] = self._any_peptides(len(again), generator)
            again = again[self._held_out(tokens[again])]
        return tokens, length

    def _any_peptides(
        self, n: int, generator: np.random.Generator
    ) -> tuple[Int[np.ndarray, "n length"], Int[np.ndarray, " n"]]:
        length = generator.integers(self.min_length, self.max_length + 1, n)
        drawn = generator.random((n, self.max_length))
        tokens = np.searchsorted(self._cumulative, drawn, side="right")
        inside = np.arange(self.max_length) < length[:, None]
        return np.where(inside, tokens + FIRST_RESIDUE, PAD), length

    def _held_out(self, tokens: Int[np.ndarray, "n length"]) -> Bool[np.ndarray, " n"]:
        leucine = PLAIN_VOCABULARY.index["L"]
        same = np.where(tokens == PLAIN_VOCABULARY.index["I"], leucine, tokens)
        return np.array([row.tobytes() in self._excluded for row in same], dtype=bool)


def held_out_batches(
    min_length: int,
    max_length: int,
    device: torch.device,
    *,
    noise: NoiseModel = NOISY,
) -> dict[str, Batch]:
    """Make the two held-out sets: the digest's own peptides, clean (easy) and noisy (hard).

    Args:
        min_length: Fewest residues.
        max_length: Most residues.
        device: Where the tensors lie.
        noise: Of the hard set, with a seed of its own: the same spectra in every run.

    Returns:
        `val_easy` and `val_hard`.

    Raises:
        InputError: The digest has no peptide of these lengths.
    """
    peptides = [p for p in held_out_peptides() if min_length <= len(p) <= max_length]
    if not peptides:
        raise InputError(
            "min_length and max_length",
            expected="lengths that occur in the digest of the sample proteins",
            came=f"{min_length} to {max_length}",
            do="Widen the range",
        )
    tokens = token_rows(peptides, max_length)
    length = np.array([len(peptide) for peptide in peptides])
    sets = {}
    for name, clean in (("val_easy", True), ("val_hard", False)):
        generator = np.random.default_rng(HELD_OUT_SEED)
        chosen = np.full(len(length), clean)
        sets[name] = make_batch(tokens, length, chosen, noise, generator, device)
    return sets


def token_rows(peptides: Sequence[str], width: int) -> Int[np.ndarray, "n width"]:
    """Write peptides as rows of tokens, padded; those longer than the width are left out."""
    fitting = [peptide for peptide in peptides if len(peptide) <= width]
    rows = np.full((len(fitting), width), PAD, dtype=np.int64)
    for row, peptide in zip(rows, fitting, strict=True):
        row[: len(peptide)] = [PLAIN_VOCABULARY.index[residue] for residue in peptide]
    return rows
