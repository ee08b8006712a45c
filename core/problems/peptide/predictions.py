"""From residue probabilities to masses and peaks, and from known peptides to probabilities."""

import hashlib
from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from core.errors import InputError
from core.losses.ladder import ladder_mz
from core.losses.peaks import Peaks, widest
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.ions import ladders
from core.problems.peptide.peptides import Peptide, canonical
from core.problems.peptide.residues import RESIDUE_MASS_DA, WATER_DA

Rest = Literal["random", "uniform"]


class ResidueBatch(NamedTuple):
    """Residue probabilities of a batch, the first three arguments of every spectrum loss.

    Args:
        probabilities: Over tokens, at each position; 0 beyond an example's length.
        mass_da: Mass of each token in Da.
        length: Number of residues of each example.
    """

    probabilities: Float[Tensor, "batch length vocab"]
    mass_da: Float[Tensor, " vocab"]
    length: Int[Tensor, " batch"]


def residue_probabilities(
    probabilities: Float[Tensor, "batch length vocab"],
    mass_da: Float[Tensor, " vocab"],
    special_tokens: str = "renormalise",
) -> Float[Tensor, "batch length vocab"]:
    """Take probability off the tokens that carry no mass.

    Four such tokens of 24 at a uniform softmax take 165,000 ppm off the expected peptide.

    Args:
        probabilities: Over tokens, at each position.
        mass_da: Mass of each token in Da; 0 marks a token without mass.
        special_tokens: "renormalise" scales the residues to sum 1; "keep" changes nothing.

    Returns:
        The probabilities; all 0 at a position that holds special tokens alone, which then weighs
        nothing.
    """
    if special_tokens == "keep":
        return probabilities
    residues = probabilities * (mass_da > 0)
    total = residues.sum(-1, keepdim=True)
    return residues / total.clamp(min=torch.finfo(total.dtype).tiny)


def expected_mass(
    probabilities: Float[Tensor, "batch length vocab"],
    mass_da: Float[Tensor, " vocab"],
    special_tokens: str = "renormalise",
) -> Float[Tensor, "batch length"]:
    """Compute the mean residue mass of each position in Da."""
    residues = residue_probabilities(probabilities, mass_da, special_tokens)
    return residues @ mass_da.to(residues.dtype)


def predicted_peaks(
    probabilities: Float[Tensor, "batch length vocab"],
    mass_da: Float[Tensor, " vocab"],
    length: Int[Tensor, " batch"],
    options: SpectrumOptions,
) -> Peaks:
    """Place the fragments of the expected masses, inside the compared range."""
    mass = expected_mass(probabilities, mass_da, options.special_tokens)
    return window(ladder_mz(mass, length, ladders(options.ions)), options)


def window(peaks: Peaks, options: SpectrumOptions) -> Peaks:
    """Mask the peaks outside the compared range."""
    inside = (peaks.mz >= options.mz_min) & (peaks.mz <= options.mz_max)
    return Peaks(peaks.mz, peaks.intensity, peaks.mask & inside)


def precursor_error_ppm(
    probabilities: Float[Tensor, "batch length vocab"],
    mass_da: Float[Tensor, " vocab"],
    length: Int[Tensor, " batch"],
    precursor_mass_da: Float[Tensor, " batch"],
    *,
    special_tokens: str = "renormalise",
) -> Float[Tensor, " batch"]:
    """Compute how far the expected peptide mass lies from the precursor's.

    Args:
        probabilities: Over tokens, at each position.
        mass_da: Mass of each token in Da; 0 marks a token without mass.
        length: Number of residues of each example.
        precursor_mass_da: Neutral mass of each precursor in Da, above 0.
        special_tokens: See `residue_probabilities`.

    Returns:
        |predicted - precursor| / precursor in ppm. Blind to the order of the residues.
    """
    mass = widest(expected_mass(probabilities, mass_da, special_tokens))
    position = torch.arange(mass.shape[1], device=mass.device)
    total = torch.where(position < length[:, None], mass, 0.0).sum(1) + WATER_DA
    measured = widest(precursor_mass_da)
    return ((total - measured).abs() / measured * 1e6).to(probabilities.dtype)


def residues_to_front(
    probabilities: Float[Tensor, "batch length vocab"], is_residue: Bool[Tensor, "batch length"]
) -> tuple[Float[Tensor, "batch length vocab"], Int[Tensor, " batch"]]:
    """Move the positions that hold a residue to the front, in their order.

    Start and stop tokens are found by what the target holds, never by index: cutting the first
    and last position of a target without such tokens costs a perfect prediction 0.9.

    Args:
        probabilities: Over tokens, at each position.
        is_residue: Where the target holds a residue.

    Returns:
        Probabilities in the new order, and the number of residues of each example.
    """
    order = torch.argsort(is_residue.logical_not().long(), dim=1, stable=True)
    moved = probabilities.gather(1, order[..., None].expand_as(probabilities))
    return moved, is_residue.sum(1)


def one_hot_batch(
    peptides: Sequence[Peptide], p_right: float = 1.0, rest: Rest = "random", seed: int = 0
) -> ResidueBatch:
    """Give the probabilities of a model that is equally sure of every residue of known peptides.

    Each modified residue is a token of its own, behind the 20 residues.

    Args:
        peptides: What the model believes.
        p_right: Probability of the believed residue at every position, 0 to 1.
        rest: Where the remainder goes: "uniform" over the other unmodified residues, or "random"
            shares of them at each position (flat Dirichlet). Residues of equal mass get none.
        seed: Of the random shares, which depend on it and the sequence alone.

    Raises:
        InputError: `p_right` lies outside 0 to 1.

    Example:
        >>> batch = one_hot_batch([Peptide("GAK")])
        >>> (batch.probabilities @ batch.mass_da).round(decimals=2).tolist()
        [[57.02, 71.04, 128.09]]
    """
    if not 0 <= p_right <= 1:
        raise InputError(
            "p_right", expected="0 to 1", came=f"{p_right:g}", do="Choose a probability"
        )
    tokens, mass_da = _tokens(peptides)
    length = [len(peptide) for peptide in peptides]
    probabilities = np.zeros((len(peptides), max(length, default=0), len(mass_da)))
    for row, peptide in enumerate(peptides):
        others = _others(peptide, mass_da, rest, seed)
        right = np.eye(len(mass_da))[tokens[row]]
        probabilities[row, : len(peptide)] = p_right * right + (1 - p_right) * others
    return ResidueBatch(
        torch.from_numpy(probabilities),
        torch.from_numpy(mass_da),
        torch.tensor(length, dtype=torch.int64),
    )


def _tokens(peptides: Sequence[Peptide]) -> tuple[list[list[int]], Float[np.ndarray, " vocab"]]:
    """Number the residues of peptides: the 20 first, then each other mass that occurs."""
    mass_da = list(RESIDUE_MASS_DA.values())
    index = {(letter, round(m, 6)): i for i, (letter, m) in enumerate(RESIDUE_MASS_DA.items())}
    tokens: list[list[int]] = []
    for peptide in peptides:
        row = []
        for letter, mass in zip(peptide.sequence, peptide.residue_mass_da.tolist(), strict=True):
            key = (letter, round(mass, 6))
            if key not in index:
                index[key] = len(mass_da)
                mass_da.append(mass)
            row.append(index[key])
        tokens.append(row)
    return tokens, np.array(mass_da)


def _others(
    peptide: Peptide, mass_da: Float[np.ndarray, " vocab"], rest: Rest, seed: int
) -> Float[np.ndarray, "length vocab"]:
    """Share 1 among the unmodified residues of another mass, at each position."""
    residues = len(RESIDUE_MASS_DA)
    key = f"{seed}|rest|{canonical(str(peptide))}".encode()
    generator = np.random.default_rng(int.from_bytes(hashlib.sha256(key).digest()[:8], "big"))
    share = np.ones((len(peptide), residues))
    if rest == "random":
        share = generator.exponential(size=share.shape)
    # A flat Dirichlet is exponential draws over their sum; equal masses would raise p_right.
    share[np.abs(peptide.residue_mass_da[:, None] - mass_da[:residues]) < 1e-6] = 0.0
    padded = np.zeros((len(peptide), len(mass_da)))
    padded[:, :residues] = share / share.sum(1, keepdims=True)
    return padded
