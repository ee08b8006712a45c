"""Synthetic spectra of a whole batch at once: what `synthetic` makes one by one."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from jaxtyping import Bool, Float, Int

from core.losses.peaks import Peaks, widest_type
from core.problems.peptide.residues import PLAIN_VOCABULARY, PROTON_DA, SPECIAL_TOKENS, WATER_DA
from core.problems.peptide.synthetic import LOWEST_MZ, PPM, NoiseModel

PAD: Final = PLAIN_VOCABULARY.index["<pad>"]
STOP: Final = PLAIN_VOCABULARY.index["<stop>"]
FIRST_RESIDUE: Final = len(SPECIAL_TOKENS)


@dataclass(frozen=True, eq=False)
class Batch:
    """Spectra with the peptides behind them, padded.

    Args:
        observed: Peaks, base peak 1; m/z in the widest type of the device.
        precursor_mass_da: Neutral mass of each peptide in Da.
        target: Residues, then one stop token, then padding.
        mask: True at residues and the stop token.
        length: Number of residues.
        clean: True where the spectrum has no noise.
    """

    observed: Peaks
    precursor_mass_da: Float[torch.Tensor, " batch"]
    target: Int[torch.Tensor, "batch positions"]
    mask: Bool[torch.Tensor, "batch positions"]
    length: Int[torch.Tensor, " batch"]
    clean: Bool[torch.Tensor, " batch"]


def make_batch(
    tokens: Int[np.ndarray, "batch width"],
    length: Int[np.ndarray, " batch"],
    clean: Bool[np.ndarray, " batch"],
    noise: NoiseModel,
    generator: np.random.Generator,
    device: torch.device,
) -> Batch:
    """Make the spectra of peptides, and the targets of a model that reads them.

    Args:
        tokens: Residues of each peptide, then padding.
        length: Number of residues.
        clean: Which spectra hold every fragment at height 1 and nothing else.
        noise: What changes the others.
        generator: Source of the noise.
        device: Where the tensors lie.
    """
    count, width = tokens.shape
    mass_da = np.where(tokens == PAD, 0.0, PLAIN_VOCABULARY.mass_da[tokens])
    mz, height, present = _peaks(mass_da, length, clean, noise, generator)
    target = np.concatenate([tokens, np.full((count, 1), PAD)], 1)
    target[np.arange(count), length] = STOP
    position = np.arange(width + 1)
    real = widest_type(device)
    return Batch(
        Peaks(
            torch.tensor(mz, dtype=real, device=device),
            torch.tensor(height, dtype=torch.float32, device=device),
            torch.tensor(present, device=device),
        ),
        torch.tensor(mass_da.sum(1) + WATER_DA, dtype=real, device=device),
        torch.tensor(target, device=device),
        torch.tensor(position <= length[:, None], device=device),
        torch.tensor(length, device=device),
        torch.tensor(clean, device=device),
    )


def _peaks(
    mass_da: Float[np.ndarray, "batch width"],
    length: Int[np.ndarray, " batch"],
    clean: Bool[np.ndarray, " batch"],
    noise: NoiseModel,
    generator: np.random.Generator,
) -> tuple[
    Float[np.ndarray, "batch peaks"], Float[np.ndarray, "batch peaks"], Bool[np.ndarray, "..."]
]:
    """Place b and y fragments at charge 1 and the noise, sorted by m/z, padding last."""
    prefix = mass_da.cumsum(1)[:, :-1]
    total = mass_da.sum(1, keepdims=True)
    fragment = np.concatenate([prefix + PROTON_DA, total - prefix + WATER_DA + PROTON_DA], 1)
    inside = np.tile(np.arange(1, mass_da.shape[1]) < length[:, None], 2)
    mz, height, kept = _disturbed(fragment, clean, noise, generator)
    kept &= inside
    height = height / np.where(kept, height, 0.0).max(1, keepdims=True, initial=1e-12)
    if noise.noise_peaks and not clean.all():
        extra_mz, extra_height = _extra(total[:, 0] + WATER_DA, noise, generator)
        mz, height = np.concatenate([mz, extra_mz], 1), np.concatenate([height, extra_height], 1)
        kept = np.concatenate([kept, np.broadcast_to(~clean[:, None], extra_mz.shape)], 1)
    height = np.where(kept, height, 0.0)
    height = height / height.max(1, keepdims=True, initial=1e-12)
    kept &= clean[:, None] | (height >= noise.floor)
    order = np.argsort(np.where(kept, mz, np.inf), axis=1, kind="stable")
    widest = max(int(kept.sum(1).max(initial=0)), 1)
    mz, height, kept = (
        np.take_along_axis(values, order, 1)[:, :widest] for values in (mz, height, kept)
    )
    return np.where(kept, mz, 0.0), np.where(kept, height, 0.0), kept


def _disturbed(
    fragment: Float[np.ndarray, "batch peaks"],
    clean: Bool[np.ndarray, " batch"],
    noise: NoiseModel,
    generator: np.random.Generator,
) -> tuple[
    Float[np.ndarray, "batch peaks"], Float[np.ndarray, "batch peaks"], Bool[np.ndarray, "..."]
]:
    """Jitter, dim and drop the fragments of the examples that are not clean."""
    noisy = ~clean[:, None]
    shape = fragment.shape
    jitter = PPM * noise.mz_jitter_ppm * generator.standard_normal(shape)
    height = np.exp(noisy * noise.intensity_jitter * generator.standard_normal(shape))
    kept = ~noisy | (generator.random(shape) >= noise.dropout_share)
    return fragment * (1 + noisy * jitter), height, kept


def _extra(
    peptide_mass_da: Float[np.ndarray, " batch"],
    noise: NoiseModel,
    generator: np.random.Generator,
) -> tuple[Float[np.ndarray, "batch extra"], Float[np.ndarray, "batch extra"]]:
    """Draw peaks that belong to no fragment, evenly up to the peptide's mass."""
    shape = (len(peptide_mass_da), noise.noise_peaks)
    highest = np.maximum(peptide_mass_da, 2 * LOWEST_MZ)[:, None]
    mz = LOWEST_MZ + (highest - LOWEST_MZ) * generator.random(shape)
    spread = noise.noise_spread * generator.standard_normal(shape)
    return mz, noise.noise_level * np.exp(spread)
