"""What each metric is: its unit, its direction, its bounds, and the names others give it."""

from dataclasses import dataclass
from math import inf
from typing import Literal

Unit = Literal["", "fraction", "%", "ppm", "Da", "1/s", "s", "MB", "nats", "Å", "°"]


@dataclass(frozen=True)
class MetricSpec:
    """The nature of a metric.

    Args:
        name: Last part of its keys.
        label: As on charts.
        unit: "fraction" runs from 0 to 1 and is shown as percent.
        higher_is_better: None where neither direction is.
        low: Smallest possible value.
        high: Largest possible value.
        baseline: The metric that says what the best constant prediction reaches; None if none.
        source: Where its definition comes from.
        aliases: Full keys that others use for `train/<name>`.
    """

    name: str
    label: str
    unit: Unit = ""
    higher_is_better: bool | None = False
    low: float = -inf
    high: float = inf
    baseline: str | None = None
    source: str = ""
    aliases: tuple[str, ...] = ()


CASANOVO = "Casanovo (Yilmaz et al. 2022): residues within 0.1 Da, prefixes within 0.5 Da"
NOTE = "training note"
COSINE_NOTE = "note cosine_loss"
SPHERE = "Wang and Isola 2020"
POOLED = "root of the mean squared distance over all atoms, in the local frame"
BY_RESIDUE = "mean over residues of the RMSD of the side chain, symmetric atoms renamed"
OFF_MEDIAN = "difference from the median length of the bond in training"
FLAT = "farthest ring atom within 0.05 Å of the ring's best plane"
ELSEWHERE = "share of the histogram in steps of 10° that lies elsewhere in the real one"

METRICS: dict[str, MetricSpec] = {
    spec.name: spec
    for spec in (
        MetricSpec("total_loss", "total loss", low=0.0, source=NOTE),
        MetricSpec("learning_rate", "learning rate", higher_is_better=None, low=0.0),
        MetricSpec("gradient_norm", "gradient norm", higher_is_better=None, low=0.0),
        MetricSpec("clipped", "clipped to", "fraction", None, 0.0, 1.0),
        MetricSpec("steps_per_s", "steps per second", "1/s", None, 0.0),
        MetricSpec("memory_mb", "memory", "MB", None, 0.0),
        MetricSpec("sigma_da", "peak width σ", "Da", None, 0.0),
        MetricSpec("clean_share", "clean share", "fraction", None, 0.0, 1.0),
        MetricSpec(
            "residue_accuracy", "residue accuracy", "fraction", True, 0.0, 1.0,
            "constant_residue_accuracy", "right residue at its position, I = L",
            ("train/token_accuracy",),
        ),
        MetricSpec(
            "constant_residue_accuracy", "best constant", "fraction", None, 0.0, 1.0,
            source="the most frequent residue of each position in training",
        ),
        MetricSpec(
            "peptide_accuracy", "peptide accuracy", "fraction", True, 0.0, 1.0,
            source="every residue right and none too many, I = L",
            aliases=("train/sequence_accuracy",),
        ),
        MetricSpec("residue_precision", "residue precision", "fraction", True, 0.0, 1.0,
                   source=CASANOVO),
        MetricSpec("residue_recall", "residue recall", "fraction", True, 0.0, 1.0,
                   source=CASANOVO),
        MetricSpec("peptide_precision", "peptide precision", "fraction", True, 0.0, 1.0,
                   source=CASANOVO),
        MetricSpec("ppm_error", "precursor error", "ppm", False, 0.0,
                   source="median over the set, of the expected mass"),
        MetricSpec("argmax_ppm_error", "precursor error of the answer", "ppm", False, 0.0,
                   source="median over the set, of the most likely residues"),
        MetricSpec("signed_mass_error", "signed mass error", "fraction", None, -1.0,
                   source="median of (expected - precursor) / precursor"),
        MetricSpec("special_probability", "probability on special tokens", "fraction", False,
                   0.0, 1.0, source="mean at real positions"),
        MetricSpec("cosine_loss", "cosine loss", "", False, 0.0, 2.0,
                   source=f"{COSINE_NOTE}: mean of 1 - cosine similarity"),
        MetricSpec("avg_cosine_similarity", "cosine similarity", "", True, -1.0, 1.0,
                   "constant_cosine_similarity", f"{COSINE_NOTE}: mean over the examples"),
        MetricSpec("constant_cosine_similarity", "best constant", "", None, -1.0, 1.0,
                   source="the mean direction of the targets in training, for every example"),
        MetricSpec("mse_loss", "MSE", "", False, 0.0, baseline="zero_mse_loss",
                   source=f"{COSINE_NOTE}: mean over examples and components"),
        MetricSpec("zero_mse_loss", "zero answer", "", None, 0.0,
                   source="mean |t|²/D: the MSE of a prediction of zeros"),
        MetricSpec("norm_ratio", "norm ratio |p| / |t|", "", None, 0.0,
                   source="prediction over target; a cosine loss does not train it"),
        MetricSpec("mrr", "MRR", "", True, 0.0, 1.0, "chance_mrr",
                   "mean of 1 / rank of the right candidate"),
        MetricSpec("chance_mrr", "MRR by chance", "", None, 0.0, 1.0,
                   source="mean of 1 / rank over all ranks of as many candidates"),
        MetricSpec("recall_at_1", "recall at 1", "fraction", True, 0.0, 1.0,
                   source="right candidate at rank 1"),
        MetricSpec("recall_at_5", "recall at 5", "fraction", True, 0.0, 1.0,
                   source="right candidate among the first 5"),
        MetricSpec("recall_at_10", "recall at 10", "fraction", True, 0.0, 1.0,
                   source="right candidate among the first 10"),
        MetricSpec("chance_loss", "loss by chance", "", None, 0.0,
                   source="ln of the batch size: the loss of a model that tells nothing apart"),
        MetricSpec("hard_filled", "hard slots filled", "fraction", None, 0.0, 1.0,
                   source="near neighbours in the batch over those asked for"),
        MetricSpec("hard_similarity", "similarity of hard negatives", "", None, -1.0, 1.0,
                   source="mean cosine of the near neighbours in the batch to their pivot"),
        MetricSpec("alike_pairs", "pairs of almost equal texts", "fraction", False, 0.0, 1.0,
                   source="of the pairs of a batch that count as negatives"),
        MetricSpec("temperature", "temperature", "", None, 0.0),
        MetricSpec("alignment", "alignment", "", False, 0.0, 4.0,
                   source=f"{SPHERE}: mean squared distance of a pair"),
        MetricSpec("molecule_uniformity", "uniformity of molecules", "", False, -8.0, 0.0,
                   source=f"{SPHERE}: ln of the mean of exp(-2 distance²) over pairs"),
        MetricSpec("text_uniformity", "uniformity of texts", "", False, -8.0, 0.0,
                   source=f"{SPHERE}: ln of the mean of exp(-2 distance²) over pairs"),
        MetricSpec("rmsd", "RMSD", "Å", False, 0.0, baseline="slot_mean_rmsd", source=POOLED),
        MetricSpec("sidechain_rmsd", "side-chain RMSD", "Å", False, 0.0,
                   baseline="slot_mean_sidechain_rmsd", source=POOLED),
        MetricSpec("backbone_rmsd", "backbone RMSD", "Å", False, 0.0, source=POOLED),
        MetricSpec("slot_mean_rmsd", "mean of the slot", "Å", None, 0.0,
                   source="RMSD of the mean place of each slot in training"),
        MetricSpec("slot_mean_sidechain_rmsd", "mean of the slot, side chain", "Å", None, 0.0,
                   source="RMSD of the mean place of each slot in training"),
        MetricSpec("type_mean_sidechain_rmsd", "mean by residue type, side chain", "Å", None, 0.0,
                   source="RMSD of the mean place of each slot of each residue type in training"),
        MetricSpec("clamp_sidechain_rmsd", "truth clamped to ±1 Å, side chain", "Å", None, 0.0,
                   source="RMSD of the true coordinates, none beyond 1 Å"),
        MetricSpec("worse_slots", "slots worse than their mean", "", False, 0.0, 14.0,
                   source="of at least 100 atoms, by more than 5 % and 0.2 Å"),
        MetricSpec("sequence_accuracy", "right residue types", "fraction", True, 0.0, 1.0,
                   "constant_sequence_accuracy", "the most likely type is the true one"),
        MetricSpec("constant_sequence_accuracy", "most frequent type", "fraction", None, 0.0, 1.0,
                   source="the most frequent type in training, for every residue"),
        MetricSpec("perplexity", "perplexity", "", False, 1.0,
                   source="exp of the pooled cross-entropy; 20 of a model that knows nothing"),
        MetricSpec("calibration_error", "calibration error", "fraction", False, 0.0, 1.0,
                   source="Guo et al. 2017: mean of abs(accuracy - confidence) in ten bins"),
        MetricSpec("mean_residue_rmsd", "side-chain RMSD, mean over residues", "Å", False, 0.0,
                   source="not pooled: residues count alike, large ones no more than small"),
        MetricSpec("chi1_error", "error of χ1", "°", False, 0.0, 180.0,
                   source="mean absolute, half a turn of symmetric ends allowed"),
        MetricSpec("rotamer_recovery", "rotamers recovered", "fraction", True, 0.0, 1.0,
                   source="all χ of a residue within 20° of the true ones"),
        MetricSpec("at_bound", "outputs at their bound", "fraction", False, 0.0, 1.0,
                   source="coordinates within 1 % of the bound; 0 where there is none"),
        MetricSpec("fitted_bound", "bound that fits best", "Å", None, 0.0,
                   source="of the box whose clamped truth has the nearest RMSD by slot"),
        MetricSpec("clamp_distance", "distance to the clamped truth", "", None, 0.0,
                   source="RMS difference of the RMSD by slot, relative"),
        MetricSpec("constant_distance", "distance to the nearest constant", "", None, 0.0,
                   source="RMS difference of the RMSD by slot, relative"),
        MetricSpec("bond_error", "error of bond lengths", "Å", False, 0.0,
                   baseline="real_bond_error", source=f"mean absolute {OFF_MEDIAN}"),
        MetricSpec("real_bond_error", "real residues", "Å", None, 0.0,
                   source=f"mean absolute {OFF_MEDIAN}"),
        MetricSpec("bond_rms_error", "RMS error of bond lengths", "Å", False, 0.0,
                   baseline="real_bond_rms_error", source=f"root mean square {OFF_MEDIAN}"),
        MetricSpec("real_bond_rms_error", "real residues, RMS", "Å", None, 0.0,
                   source=f"root mean square {OFF_MEDIAN}"),
        MetricSpec("flat_rings", "flat rings", "fraction", True, 0.0, 1.0, "real_flat_rings",
                   FLAT),
        MetricSpec("real_flat_rings", "flat rings of real residues", "fraction", None, 0.0, 1.0,
                   source=FLAT),
        MetricSpec("least_flat_rings", "flat rings of the worst kind", "fraction", True, 0.0, 1.0,
                   "real_least_flat_rings", f"{FLAT}; kinds of at least 20 rings"),
        MetricSpec("real_least_flat_rings", "the same of real residues", "fraction", None,
                   0.0, 1.0, source=f"{FLAT}; kinds of at least 20 rings"),
        MetricSpec("staggered_chi1", "χ1 near a rotamer", "fraction", None, 0.0, 1.0,
                   "real_staggered_chi1", "within 20° of −60, 60 or 180°; without proline"),
        MetricSpec("real_staggered_chi1", "χ1 near a rotamer, real", "fraction", None, 0.0, 1.0,
                   source="within 20° of −60, 60 or 180°; without proline"),
        MetricSpec("chi1_distance", "χ1 elsewhere", "fraction", False, 0.0, 1.0,
                   "real_chi1_distance", ELSEWHERE),
        MetricSpec("real_chi1_distance", "χ1 elsewhere, real", "fraction", None, 0.0, 1.0,
                   source=f"{ELSEWHERE}; of as many training residues of the same types"),
        MetricSpec("best_of_1_rmsd", "RMSD of one sample", "Å", False, 0.0,
                   baseline="type_mean_residue_rmsd", source=BY_RESIDUE),
        MetricSpec("best_of_5_rmsd", "RMSD of the best of 5", "Å", False, 0.0,
                   baseline="type_mean_residue_rmsd", source=BY_RESIDUE),
        MetricSpec("type_mean_residue_rmsd", "mean by residue type", "Å", None, 0.0,
                   source=f"of the mean place of each atom of a type in training; {BY_RESIDUE}"),
    )
}  # fmt: skip

PARTS: dict[str, MetricSpec] = {
    spec.name: spec
    for spec in (
        MetricSpec("raw", "value", low=0.0),
        MetricSpec("weight", "weight", higher_is_better=None, low=0.0),
        MetricSpec("weighted", "contribution", low=0.0),
        MetricSpec("share", "share", "%", None, 0.0, 100.0),
        MetricSpec("gradient_norm", "gradient norm", higher_is_better=None, low=0.0),
        MetricSpec("raw_gradient_norm", "gradient norm before its weight",
                   higher_is_better=None, low=0.0),
        MetricSpec("gradient_share", "gradient share", "%", None, 0.0, 100.0),
        MetricSpec("dead_share", "examples without gradient", "fraction", False, 0.0, 1.0),
        MetricSpec("conflict", "cosine of the gradients", "", True, -1.0, 1.0),
    )
}  # fmt: skip

ALIASES: dict[str, str] = {
    alias: f"train/{spec.name}" for spec in METRICS.values() for alias in spec.aliases
} | {
    "train/ce_final": "train/ce/raw",
    "train/spectrum_loss": "train/spectrum/raw",
    "train/precursor_loss": "train/precursor/raw",
    "curriculum/spectrum_loss_weight": "train/spectrum/weight",
    "curriculum/precursor_loss_weight": "train/precursor/weight",
}
