"""The note's simulated descent: what ten steps make of a precursor mass that is 25,000 ppm off."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.errors import InputError
from core.problems.peptide.balance import DEFAULT_FORM, PrecursorForm
from core.problems.peptide.residues import RESIDUE_MASS_DA, WATER_DA

Optimiser = Literal["adam", "sgd"]

RESIDUE_MASSES = torch.tensor(list(RESIDUE_MASS_DA.values()), dtype=torch.float64)


@dataclass(frozen=True)
class Descent:
    """What an optimiser makes of one precursor loss, starting from a wrong mass.

    Args:
        form: The loss.
        optimiser: "adam" or "sgd".
        lr: Its learning rate.
        error_ppm: Error before the first and after each step, one row a random peptide.
    """

    form: PrecursorForm
    optimiser: Optimiser
    lr: float
    error_ppm: Float[np.ndarray, "draws steps"]

    @property
    def median_ppm(self) -> Float[np.ndarray, " steps"]:
        """Median over the peptides, at each step."""
        return np.median(self.error_ppm, axis=0)


def simulate_descent(
    form: PrecursorForm = DEFAULT_FORM,
    *,
    start_ppm: float = 25_000.0,
    steps: int = 10,
    lr: float = 1e-2,
    optimiser: Optimiser = "adam",
    draws: int = 30,
    length: int = 12,
    seed: int = 0,
) -> Descent:
    """Descend from the note's start: peptides whose expected mass is too heavy or too light.

    The logits over the 20 residues are random, a little in favour of the right ones, and tilted
    towards heavy or light residues until the error is `start_ppm`. Adam moves each logit by about
    `lr` a step whatever the size of the gradient, so every form with a gradient gives nearly the
    same curve; plain descent ("sgd") shows the sizes. A loss without gradient stays put.

    Args:
        form: The precursor loss.
        start_ppm: Error to start from, above 0, at most 100,000.
        steps: Updates, 0 or more.
        lr: Learning rate, above 0.
        optimiser: "adam" or "sgd" (without momentum).
        draws: Number of random peptides, each on its own.
        length: Residues of each.
        seed: Of the random numbers; the same seed gives the same peptides for every form.

    Raises:
        InputError: An argument is out of its range.

    Source: training note, lines 23-26 and 95 (25,000 ppm, ten steps).
    """
    _check_descent(start_ppm, steps, lr, optimiser, min(draws, length))
    generator = torch.Generator().manual_seed(seed)
    peptide = torch.randint(len(RESIDUE_MASSES), (draws, length), generator=generator)
    mass = RESIDUE_MASSES[peptide].sum(dim=1) + WATER_DA
    logits = _wrong_logits(peptide, mass, start_ppm, generator).requires_grad_()
    update = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}[optimiser]([logits], lr=lr)
    curve = [_error_ppm(logits, mass)]
    for _ in range(steps):
        update.zero_grad()
        # The sum keeps the peptides apart: each one's gradient is that of its own loss.
        form.loss(curve[-1]).sum().backward()
        update.step()
        curve.append(_error_ppm(logits, mass))
    return Descent(form, optimiser, lr, torch.stack(curve, dim=1).detach().numpy())


def _wrong_logits(
    peptide: Int[Tensor, "draws length"],
    mass_da: Float[Tensor, " draws"],
    start_ppm: float,
    generator: torch.Generator,
) -> Float[Tensor, "draws length residues"]:
    """Draw logits and tilt them by mass until the expected mass is off as asked."""
    n_residues = len(RESIDUE_MASSES)
    logits = torch.nn.functional.one_hot(peptide, n_residues) + torch.randn(
        *peptide.shape, n_residues, generator=generator, dtype=torch.float64
    )
    sign = torch.randint(2, mass_da.shape, generator=generator) * 2 - 1
    wanted = _wanted_mass(mass_da, sign.double() * start_ppm * 1e-6, peptide.shape[1])
    tilt = (RESIDUE_MASSES - RESIDUE_MASSES.mean()) / RESIDUE_MASSES.std()
    low, high = torch.full_like(mass_da, -60.0), torch.full_like(mass_da, 60.0)
    for _ in range(60):  # the expected mass rises with the tilt, so halving finds it
        middle = (low + high) / 2
        light = _expected_mass(logits + middle[:, None, None] * tilt) < wanted
        low, high = torch.where(light, middle, low), torch.where(light, high, middle)
    return logits + ((low + high) / 2)[:, None, None] * tilt


def _wanted_mass(
    mass_da: Float[Tensor, " draws"], error: Float[Tensor, " draws"], length: int
) -> Float[Tensor, " draws"]:
    """Put the masses off by a relative error; by the opposite where none is so light or heavy."""
    lightest, heaviest = (length * end + WATER_DA for end in RESIDUE_MASSES.aminmax())
    wanted = mass_da * (1 + error)
    # Nothing is lighter than glycine or heavier than tryptophan; no peptide is near both ends.
    reached = (lightest < wanted) & (wanted < heaviest)
    return torch.where(reached, wanted, mass_da * (1 - error))


def _expected_mass(logits: Float[Tensor, "draws length residues"]) -> Float[Tensor, " draws"]:
    return (logits.softmax(dim=-1) @ RESIDUE_MASSES).sum(dim=1) + WATER_DA


def _error_ppm(
    logits: Float[Tensor, "draws length residues"], mass_da: Float[Tensor, " draws"]
) -> Float[Tensor, " draws"]:
    return (_expected_mass(logits) - mass_da).abs() / mass_da * 1e6


def _check_descent(start_ppm: float, steps: int, lr: float, optimiser: str, least: int) -> None:
    sound = 0 < start_ppm <= 100_000 and steps >= 0 and 0 < lr < np.inf and least >= 1
    if not (sound and optimiser in get_args(Optimiser)):
        raise InputError(
            "simulated descent",
            expected="0 < start ≤ 100,000 ppm, steps ≥ 0, learning rate > 0, adam or sgd",
            came=f"{start_ppm:,g} ppm, {steps} steps, {lr:g}, {optimiser}, {least} peptides",
            do="Correct the setting",
        )
