"""A tiny recursive model: it reads the spectrum again from where its last answer stands.

Every peak is a wave at its mass, and at its complement: what the other half of the peptide would
weigh. A position sees the sum of the waves from the mass of the prefix before it, and from the
mass that the residues behind it leave over. A residue's mass is then a fixed phase, whatever the
position, and one linear layer learns the residues once for all positions. The first recursion can
only read the two ends; each further one stands on the residues that the last one read.
"""

from math import pi
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from core.losses.peaks import Peaks, widest
from core.problems.peptide.batch_spectra import STOP
from core.problems.peptide.residues import PLAIN_VOCABULARY, PROTON_DA, WATER_DA

WAVES: Final = 64
SHORTEST_DA, LONGEST_DA = 0.1, 4000.0  # of the waves: below a mass defect, above a peptide
READINGS = ENDS = PHASES = 2  # b or y; from the left or the right; cosine and sine


class RecursiveModel(nn.Module):
    """Predict a peptide from its fragments and its mass, better with each recursion.

    The answer that is fed back is the most likely token at each position, without gradient: a
    mean of residues has the mass of none, and would be read at a place where no peak can be.

    Args:
        max_length: Most residues; there is one position more, for the stop token.
        width: Numbers kept for each position, a multiple of 4.
        recursions: How many answers are given.

    Example:
        >>> model = RecursiveModel(max_length=8)
        >>> sum(parameter.numel() for parameter in model.parameters())
        119832
    """

    wave_number: Tensor
    mass_da: Tensor

    def __init__(self, *, max_length: int, width: int = 64, recursions: int = 4) -> None:
        super().__init__()
        tokens = len(PLAIN_VOCABULARY)
        self.recursions = recursions
        waves = 1.0 / np.geomspace(SHORTEST_DA, LONGEST_DA, WAVES)
        mass_da = torch.tensor(PLAIN_VOCABULARY.mass_da, dtype=torch.float32)
        # In float32, which every device has: all that counts is that all waves are the same.
        self.register_buffer("wave_number", torch.tensor(waves).float(), persistent=False)
        self.register_buffer("mass_da", mass_da, persistent=False)
        self.place = nn.Parameter(0.1 * torch.randn(max_length + 1, width))
        self.see = nn.Linear(READINGS * ENDS * PHASES * WAVES, width)
        self.gap = nn.Linear(ENDS * PHASES * WAVES, width)
        self.answer = nn.Linear(tokens, width)
        self.think = Block(width)
        self.head = nn.Linear(width, tokens)

    def forward(
        self,
        observed: Peaks,
        precursor_mass_da: Float[Tensor, " batch"],
        length: Int[Tensor, " batch"] | None = None,
    ) -> Float[Tensor, "batch steps positions vocab"]:
        """Give the logits of every recursion.

        Args:
            observed: Peaks of each spectrum.
            precursor_mass_da: Neutral mass of each peptide in Da.
            length: Number of residues, where that is given away; None lets the model's own stop
                token end its answer.
        """
        total = widest(precursor_mass_da) - WATER_DA
        spectrum = self._spectrum(observed, total)
        state = self.place.expand(len(total), -1, -1)
        place = torch.arange(len(self.place), device=total.device)
        inside = None if length is None else place < length[:, None]
        mass = total.new_zeros(len(total), len(place))
        probabilities = self.place.new_zeros(len(total), len(place), len(self.mass_da))
        answers: list[Tensor] = []
        for _ in range(self.recursions):
            left = mass.cumsum(1) - mass
            right = total[:, None] - mass.flip(1).cumsum(1).flip(1) + mass
            view = torch.cat([self._seen(spectrum, left), self._seen(spectrum, right)], -1)
            gaps = torch.cat([*self._wave(total[:, None] - left), *self._wave(right - left)], -1)
            state = self.think(state + self.see(view) + self.gap(gaps) + self.answer(probabilities))
            answers.append(self.head(state))
            probabilities = answers[-1].detach().softmax(-1)
            mass = self._masses(probabilities, inside).to(total.dtype)
        return torch.stack(answers, 1)

    def _spectrum(
        self, observed: Peaks, total: Float[Tensor, " batch"]
    ) -> tuple[Float[Tensor, "batch readings waves"], Float[Tensor, "batch readings waves"]]:
        """Sum the waves of all peaks, read as prefixes (b) and as complements of suffixes (y)."""
        as_b = widest(observed.mz) - PROTON_DA
        as_y = total[:, None] + WATER_DA - as_b
        height = torch.where(observed.mask, observed.intensity, 0.0).sqrt().to(self.place.dtype)
        cosine, sine = self._wave(torch.stack([as_b, as_y], 1))
        return (
            torch.einsum("brpw,bp->brw", cosine, height),
            torch.einsum("brpw,bp->brw", sine, height),
        )

    def _seen(
        self,
        spectrum: tuple[
            Float[Tensor, "batch readings waves"], Float[Tensor, "batch readings waves"]
        ],
        origin: Float[Tensor, "batch positions"],
    ) -> Float[Tensor, "batch positions features"]:
        """Shift the spectrum so that each position's own mass is the origin."""
        cosine, sine = (part[:, None] for part in spectrum)
        across, along = (part[:, :, None] for part in self._wave(origin))
        even, odd = cosine * across + sine * along, sine * across - cosine * along
        return torch.cat([even, odd], -1).flatten(2)

    def _wave(self, mass_da: Float[Tensor, "*any"]) -> tuple[Tensor, Tensor]:
        """Give cosine and sine of a mass at every wavelength."""
        turns = mass_da[..., None] * self.wave_number.to(mass_da.dtype)
        # Whole turns are taken off before the precision is: 1,500 Da are 15,000 of the shortest.
        phase = (2 * pi) * (turns - turns.round()).to(self.place.dtype)
        return phase.cos(), phase.sin()

    def _masses(
        self,
        probabilities: Float[Tensor, "batch positions vocab"],
        inside: Bool[Tensor, "batch positions"] | None,
    ) -> Float[Tensor, "batch positions"]:
        """Give the mass of the most likely token at each position, 0 behind the end."""
        if inside is not None:
            token = (probabilities * (self.mass_da > 0)).argmax(-1)
            return self.mass_da[token] * inside
        token = probabilities.argmax(-1)
        return self.mass_da[token] * ((token == STOP).cumsum(1) == 0)


class Block(nn.Module):
    """One round of thought: of each position on its own, of all together, and on its own again.

    Args:
        width: Numbers of each position, a multiple of 4.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(4))
        self.first = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)
        )
        self.mix = nn.MultiheadAttention(width, 4, batch_first=True)
        self.second = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )

    def forward(
        self, state: Float[Tensor, "batch positions width"]
    ) -> Float[Tensor, "batch positions width"]:
        """Give the next state, of norm 1 at each position before its scale."""
        state = self.norms[0](state)
        state = state + self.first(state)
        calm = self.norms[1](state)
        state = state + self.mix(calm, calm, calm, need_weights=False)[0]
        return self.norms[3](state + self.second(self.norms[2](state)))
