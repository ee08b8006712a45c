"""The losses on real spectra, against values that independent code measured.

The values are means over 200 unmodified spectra (top 100 peaks, base peak 1, ions b and y of
charge 1); here all unmodified spectra count, so they agree to a few standard errors. They decide
the conventions: the plain Huber function, weights that sum to 1, matches that count alike.
"""

import csv

import numpy as np
import pytest
from pyteomics import mass, mgf

from core.losses.gaussian import gaussian_cosine_grid
from core.losses.matched_filter import matched_filter
from core.losses.nearest import matched_only, nearest_peak_huber
from core.losses.peaks import pad_peaks
from tests.core.losses.reference import PROTON_DA, WATER_DA

MEASURED = [
    (lambda p, o: gaussian_cosine_grid(p, o, sigma_da=0.05), 0.665, 0.02, 0.981, 0.01),
    (lambda p, o: gaussian_cosine_grid(p, o, sigma_da=0.02, bin_da=0.02), 0.671, 0.02, 0.988, 0.01),
    (lambda p, o: gaussian_cosine_grid(p, o, sigma_da=0.5), 0.653, 0.02, 0.964, 0.01),
    (lambda p, o: gaussian_cosine_grid(p, o, sigma_da=2.0), 0.596, 0.02, 0.892, 0.02),
    (lambda p, o: matched_filter(p, o, sigma_da=0.2), 0.686, 0.02, 0.979, 0.01),
    (nearest_peak_huber, 2.23, 0.1, 3.93, 0.2),
    (matched_only, 0.0002, 0.0001, 0.0035, 0.0015),
]


@pytest.fixture(scope="module")
def spectra(shared_data):
    """Sequence, positions and heights of every unmodified spectrum."""
    folder = shared_data / "spectra" / "massivekb_500"
    with (folder / "massivekb_selected_500.peprec").open() as file:
        labels = {
            row["spec_id"]: row["peptide"]
            for row in csv.DictReader(file, delimiter=" ")
            if row["modifications"] in ("", "-")
        }
    found = []
    with mgf.read(str(folder / "massivekb_selected_500.mgf"), use_index=False) as entries:
        for entry in entries:
            if entry["params"]["title"] in labels:
                height = entry["intensity array"]
                top = np.argsort(-height, kind="stable")[:100]
                sequence = labels[entry["params"]["title"]]
                found.append((sequence, entry["m/z array"][top], height[top] / height.max()))
    return found


def fragments(sequence):
    masses = np.array([mass.std_aa_mass[residue] for residue in sequence])
    b = np.cumsum(masses)[:-1] + PROTON_DA
    y = np.cumsum(masses[::-1])[:-1] + WATER_DA + PROTON_DA
    return np.concatenate([b, y])


def predicted(sequences):
    mz = [fragments(sequence) for sequence in sequences]
    return pad_peaks(mz, [np.ones(len(values)) for values in mz])


@pytest.mark.parametrize(("loss", "right", "near_right", "random", "near_random"), MEASURED)
def test_means_of_right_and_random_peptides_are_those_measured(
    spectra, loss, right, near_right, random, near_random
):
    rng = np.random.default_rng(0)
    sequences = [sequence for sequence, _, _ in spectra]
    pool = list("".join(sequences))
    observed = pad_peaks([mz for _, mz, _ in spectra], [height for _, _, height in spectra])
    others = ["".join(rng.choice(pool, len(sequence))) for sequence in sequences]
    assert loss(predicted(sequences), observed).mean().item() == pytest.approx(
        right, abs=near_right
    )
    assert loss(predicted(others), observed).mean().item() == pytest.approx(random, abs=near_random)
