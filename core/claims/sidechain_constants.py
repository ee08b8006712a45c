"""Claims of the density note beside constants, which never see a density."""

from functools import cache
from pathlib import Path
from typing import Final

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.recorded import recorded_runs
from core.claims.sidechain_tables import tables
from core.problems.sidechain.metrics.baselines import LABELS
from core.problems.sidechain.metrics.rmsd import SELECTIONS
from core.problems.sidechain.metrics.saturation import profile_distance
from core.problems.sidechain.real import read_real
from core.problems.sidechain.reported.table_files import slot_name
from core.problems.sidechain.versions.compare import pooled_table
from core.problems.sidechain.versions.reference import Reference, reference_of
from core.problems.sidechain.versions.version import measured_version

OVERALL, SIDE = SELECTIONS["overall"], SELECTIONS["side_chain"]
BACKBONE: Final = {"n": 0, "ca": 1, "c": 2, "o": 3}
CB: Final = 4
MOST: Final = 50_000  # residues of a user's folder


def reference(inputs: Inputs) -> Reference:
    """Give the baselines of the user's structures, else the kept ones of public structures."""
    return reference_of() if inputs.structures is None else _own(inputs.structures)


@cache
def _own(folder: Path) -> Reference:
    found = read_real(folder, MOST)
    coord = found.coord.astype(float)
    version = measured_version(folder.name, "upload", pred=coord, native=coord, type=found.type,
                               name=found.name, group=found.group)  # fmt: skip
    return reference_of(version)


def _rows(found: Reference) -> tuple[dict[str, str | float], ...]:
    note = tables()[1].rmsd
    return tuple({"slot": slot_name(slot), "v5, Å": float(note[slot]),
                  **{f"{LABELS[name]}, Å": float(rmsd[slot]) for name, rmsd in found.rmsd.items()}}
                 for slot in OVERALL)  # fmt: skip


def other_cause(inputs: Inputs) -> Recomputed:
    """Compare the table with the truth clamped to a box, as a bounded output leaves it at best."""
    found, note = reference(inputs), tables()[1].rmsd
    clamped = found.rmsd["clamped"]
    values = {
        "clamped_apart": Value(profile_distance(clamped, note)),
        "clamp_side": Value(pooled_table(clamped, found.count, SIDE), "Å"),
        "clamp_overall": Value(pooled_table(clamped, found.count, OVERALL), "Å"),
    }
    slots = tuple(map(float, SIDE))
    curves = tuple(Curve(name, slots, tuple(rmsd[list(SIDE)].tolist()))
                   for name, rmsd in (("v5", note), ("truth clamped to 1 Å", clamped)))  # fmt: skip
    bounded = [run.last("test/sidechain_rmsd") for run in recorded_runs(inputs, "sidechain")
               if run.setting("output") == "tanh" and not run.setting("resume_from")]  # fmt: skip
    said = f", and a recorded decoder that ends in tanh {bounded[0]:.2f} Å" if bounded else ""
    words = (
        f"The truth itself, clamped to 1 Å, has {values['clamp_side'].value:.2f} Å for side chains"
        f"{said}; slot by slot it lies {100 * values['clamped_apart'].value:.0f} % from the table. "
        "The range of an output is a third cause, beside optimisation and representation."
    )
    axes = ("slot", "RMSD, Å")
    return Recomputed(values, words, _rows(found), curves, axes, found.text)


def constant_cb(inputs: Inputs) -> Recomputed:
    """Predict CB at its mean place."""
    found = reference(inputs)
    values = {
        "constant_cb": Value(float(found.rmsd["slot_mean"][CB]), "Å", n=int(found.count[CB])),
        "type_mean_cb": Value(float(found.rmsd["type_mean"][CB]), "Å", n=int(found.count[CB])),
    }
    words = (
        f"One place for all CB is {values['constant_cb'].value:.2f} Å off: CB is fixed by the "
        "backbone, and tells nothing of what a density encodes."
    )
    return Recomputed(values, words, _rows(found), source=found.text)


def constant_backbone(inputs: Inputs) -> Recomputed:
    """Predict N, CA, C and O at their mean places."""
    found = reference(inputs)
    values = {f"constant_{name}": Value(float(found.rmsd["slot_mean"][slot]), "Å")
              for name, slot in BACKBONE.items()}  # fmt: skip
    words = "Constants reach " + ", ".join(
        f"{value.value:.2f} Å ({name.removeprefix('constant_').upper()})"
        for name, value in values.items()
    )
    told = f"{words}: the local frame fixes N, CA and C, only O turns."
    return Recomputed(values, told, _rows(found), source=found.text)


def type_means(inputs: Inputs) -> Recomputed:
    """Predict each atom at its mean place by residue type."""
    found = reference(inputs)
    rows = [{"prediction": label, **{which: pooled_table(found.rmsd[name], found.count, slots)
                                     for which, slots in (("overall, Å", OVERALL),
                                                          ("side chain, Å", SIDE))}}
            for name, label in LABELS.items()]  # fmt: skip
    of_type = found.rmsd["type_mean"]
    values = {
        "type_mean_overall": Value(pooled_table(of_type, found.count, OVERALL), "Å"),
        "type_mean_side": Value(pooled_table(of_type, found.count, SIDE), "Å"),
    }
    words = (
        f"The mean of each type, without any density, has {values['type_mean_overall'].value:.2f} "
        f"Å overall and {values['type_mean_side'].value:.2f} Å for side chains."
    )
    return Recomputed(values, words, tuple(rows), source=found.text)
