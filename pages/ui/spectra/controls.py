"""Controls of the spectra page, and the options that their values make."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.problems.peptide.analysis.scoring import Belief
from core.problems.peptide.config import TRANSFORMS, SpectrumOptions
from core.problems.peptide.ions import ION_LADDERS
from core.problems.peptide.objective import SPECTRUM_LOSSES
from pages.ui.controls import Choice, Control, Segments, Slider, Steps

DEFAULTS = SpectrumOptions()
WIDTHS_DA = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0)
BINS_DA = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
CERTAINTIES = (0.05, 0.1, 0.3, 0.6, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
ION_SIGNS = {"b": "b", "y": "y", "b2+": "b²⁺", "y2+": "y²⁺"}
TRANSFORM_NAMES = {"none": "as measured", "sqrt": "square root", "log": "logarithm"}


def primary_controls(spectra: Sequence[str], names: Mapping[str, str]) -> tuple[Control, ...]:
    """List the five controls in view: what is looked at, then physics from coarse to fine."""
    return (
        Choice(
            "spectrum",
            "Spectrum",
            "Which labelled spectrum is compared with its peptide. Other files: see Data below.",
            spectra[0],
            tuple(spectra),
            lambda key: names[key],
        ),
        Segments(
            "ions",
            "Ion types",
            "Which fragments the peptide predicts. b and y suit most HCD spectra; add the doubly "
            "charged for precursors of charge 3 and more.",
            DEFAULTS.ions,
            tuple(ION_LADDERS),
            lambda ion: ION_SIGNS[ion],
        ),
        Steps(
            "sigma",
            "Width σ, Da",
            "Width of each Gaussian peak. 0.02 for an Orbitrap, 0.3 for an ion trap.",
            DEFAULTS.sigma_da,
            WIDTHS_DA,
        ),
        Steps(
            "bin",
            "Bin, Da",
            "Width of a bin of the grid form. At most σ, or the grid aliases.",
            DEFAULTS.bin_da,
            BINS_DA,
        ),
        Slider(
            "offset",
            "Mass offset, Da",
            "Shifts all predicted peaks together. Try 1.00: the isotope peaks are waiting there.",
            0.0,
            -1.5,
            1.5,
            0.01,
        ),
    )


MORE: tuple[Control, ...] = (
    Choice(
        "loss",
        "Loss in colour",
        "The loss that the metrics and the curves put first.",
        "gaussian_cosine",
        tuple(SPECTRUM_LOSSES),
        lambda name: SPECTRUM_LOSSES[name].long_label,
    ),
    Slider(
        "tolerance",
        "Match tolerance, ppm",
        "How far an observed peak may lie from an ion that it explains; no loss reads it. "
        "20 suits an Orbitrap.",
        DEFAULTS.tolerance_ppm,
        1.0,
        500.0,
        1.0,
    ),
    Steps(
        "p_right",
        "Certainty, probability",
        "Probability of the right residue at every position; the rest goes to random others. "
        "At 0.99 the right peptide costs about 0.9 in the Gaussian cosine of expected masses.",
        1.0,
        CERTAINTIES,
    ),
    Slider(
        "mz_range",
        "Range, m/z",
        "Peaks outside count in neither spectrum. The note's grid covers 0 to 2000.",
        (DEFAULTS.mz_min, DEFAULTS.mz_max),
        0.0,
        4000.0,
        50.0,
    ),
    Choice(
        "transform",
        "Intensity",
        "Transform of the observed intensities before every loss.",
        DEFAULTS.transform,
        TRANSFORMS,
        lambda name: TRANSFORM_NAMES[name],
    ),
    Slider(
        "top_peaks",
        "Peaks kept, number",
        "How many of the most intense observed peaks are compared. 100 is customary.",
        DEFAULTS.top_peaks,
        10,
        500,
        10,
    ),
    Slider(
        "seed",
        "Decoys, seed",
        "Another seed draws other wrong peptides.",
        DEFAULTS.seed,
        0,
        20,
        1,
    ),
)


def options_from(values: Mapping[str, Any]) -> SpectrumOptions:
    """Make the options of the losses from the values of the controls."""
    mz_min, mz_max = values["mz_range"]
    return SpectrumOptions(
        sigma_da=values["sigma"],
        bin_da=values["bin"],
        mz_min=mz_min,
        mz_max=max(mz_max, mz_min + 1.0),
        ions=values["ions"] or DEFAULTS.ions,
        transform=values["transform"],
        top_peaks=values["top_peaks"],
        tolerance_ppm=values["tolerance"],
        seed=values["seed"],
    )


def belief_from(values: Mapping[str, Any]) -> Belief:
    """Make the model's belief from the values of the controls."""
    return Belief(p_right=values["p_right"], offset_da=values["offset"])
