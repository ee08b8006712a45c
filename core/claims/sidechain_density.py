"""Claims of the density note on what a density can hold, decoded without a network."""

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from core.claims.claim import Curve, Recomputed, Value
from core.claims.inputs import Inputs
from core.claims.recorded import recorded_runs
from core.claims.sidechain_tables import FAR, tables
from core.problems.sidechain.atoms import (
    EXISTS14,
    ONE_LETTER,
    RESIDUES,
    SLOTS,
    SYMMETRIC_PAIRS,
    to_atom14,
    to_atom37,
)
from core.problems.sidechain.density.limit import LimitOptions, recover
from core.problems.sidechain.density.sample import Sample, folder_sample, synthetic_sample
from core.problems.sidechain.density.scores import SlotScores, score_recovered
from core.problems.sidechain.reported.totals import SWISS_PROT_PERCENT, atoms_per_residue

STORED: Final = (4, 9, 17, 16)  # elements, degrees, orders, shells: L99
TAU, NOISE = 0.2, 0.3  # L16; of the root mean square
EACH, EACH_FULL = 2, 10  # residues of each type


def stored_tensor(inputs: Inputs) -> Recomputed:
    """Count the cells of the tensor, and those that a harmonic belongs to."""
    del inputs
    elements, degrees, orders, shells = STORED
    used = elements * sum(2 * degree + 1 for degree in range(degrees)) * shells
    cells = elements * degrees * orders * shells
    values = {
        "cells": Value(float(cells)),
        "l_max": Value(float(degrees - 1)),
        "used_percent": Value(100 * used / cells, "%"),
    }
    words = (
        f"{cells:,} cells up to degree {degrees - 1}; a degree l has 2 l + 1 orders, so {used:,} "
        "of them hold a number."
    )
    return Recomputed(values, words)


def cost_of_tau(inputs: Inputs) -> Recomputed:
    """Decode side chains with and without the threshold, at degree 8 and at 4."""
    sample = _sample(inputs.structures)
    scores = {(l_max, tau): _decoded(inputs, LimitOptions(l_max=l_max, tau=tau))
              for l_max in (8, 4) for tau in (0.0, TAU)}  # fmt: skip
    cost = {l_max: scores[l_max, TAU].side_chain - scores[l_max, 0.0].side_chain
            for l_max in (8, 4)}  # fmt: skip
    values = {f"cost_of_tau_l{l_max}": Value(value, "Å") for l_max, value in cost.items()}
    rows = tuple({"l_max": float(l_max), "tau": tau, "side chain, Å": one.side_chain,
                  "overall, Å": one.overall, "atoms lost, %": 100 * one.all_lost}
                 for (l_max, tau), one in scores.items())  # fmt: skip
    words = (
        f"The threshold costs {cost[8]:.2f} Å at degree 8 and {cost[4]:.2f} Å at degree 4. That "
        "removing it changed nothing is no evidence unless it was applied before."
    )
    return Recomputed(values, words, rows, source=sample.origin)


def far_atoms(inputs: Inputs) -> Recomputed:
    """Decode side chains from clean and from noisy densities, and look at slots 10 to 13."""
    sample = _sample(inputs.structures)
    scores = {"clean": _decoded(inputs, LimitOptions()),
              "noisy": _decoded(inputs, LimitOptions(noise=NOISE))}  # fmt: skip
    values = {f"far_atoms_{name}": Value(_far(one), "Å") for name, one in scores.items()}
    slots = tuple(map(float, range(SLOTS)))
    curves = tuple(Curve(name, slots, tuple(rmsd.tolist())) for name, rmsd in (
        ("decoded, clean", scores["clean"].rmsd), ("decoded, 30 % noise", scores["noisy"].rmsd),
        ("the note's v5", tables()[1].rmsd)))  # fmt: skip
    runs = [r for r in recorded_runs(inputs, "sidechain") if not r.setting("resume_from")]
    rows = tuple({"output of a network": str(run.setting("output")),
                  "overall, Å": run.last("test/rmsd"),
                  "side chain, Å": run.last("test/sidechain_rmsd")} for run in runs)  # fmt: skip
    words = (
        f"Peaks and least squares, with the number of atoms of each element known, find far atoms "
        f"to {values['far_atoms_clean'].value:.3f} Å, with 30 % noise to "
        f"{values['far_atoms_noisy'].value:.2f} Å: the density is not the bottleneck."
    )
    axes = ("slot", "RMSD, Å")
    return Recomputed(values, words, rows, curves, axes, sample.origin)


def _far(scores: SlotScores) -> float:
    """Pool the far slots, as frequent as in nature."""
    far, atoms = list(FAR), atoms_per_residue()[list(FAR)]
    return float(np.sqrt((atoms * scores.rmsd[far] ** 2).sum() / atoms.sum()))


@cache
def _sample(structures: Path | None) -> Sample:
    return synthetic_sample() if structures is None else folder_sample(structures)


def _decoded(inputs: Inputs, options: LimitOptions) -> SlotScores:
    return _scored(inputs.structures, EACH if inputs.quick else EACH_FULL, options)


@cache
def _scored(structures: Path | None, each: int, options: LimitOptions) -> SlotScores:
    sample = _sample(structures)
    rows = sample.some(each)
    found = recover(sample.coord[rows], sample.type[rows], rows, options)
    return score_recovered([found], sample.type[rows])


def slots_of_atom14(inputs: Inputs) -> Recomputed:
    """Count empty slots and exchangeable names, and move coordinates to 37 slots and back."""
    atoms = atoms_per_residue()
    percent = {name: SWISS_PROT_PERCENT[ONE_LETTER[name]] for name in RESIDUES}
    symmetric = sum(percent[name] for name in SYMMETRIC_PAIRS) / sum(percent.values())
    kind = np.arange(len(RESIDUES))
    coord = np.random.default_rng(inputs.seed).standard_normal((len(kind), SLOTS, 3))
    back = to_atom14(to_atom37(coord, kind), kind)
    values = {
        "empty_slots_percent": Value(100 * float(1 - atoms.sum() / SLOTS), "%"),
        "symmetric_residues_percent": Value(100 * symmetric, "%"),
        "coordinates_kept": Value(float(bool((back == coord)[EXISTS14].all())), "yes"),
    }
    words = (
        f"Coordinates are kept to the last digit. But {values['empty_slots_percent'].value:.0f} % "
        f"of the 14 slots hold no atom, and {100 * symmetric:.0f} % of the residues have names "
        "that may be exchanged: what stands there is a choice."
    )
    return Recomputed(values, words, source="natural residue frequencies")
