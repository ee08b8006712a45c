from math import log, sqrt

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

from core.chemistry.descriptors import (
    DESCRIPTORS,
    FINGERPRINT_BITS,
    PROJECTION_SEED,
    counts,
    describe,
    fingerprints,
    fit_embedding,
)

CHAINS = ("CCO", "CCCO", "CCCCN", "CC(C)O", "CCC(=O)O", "CCCCCC", "OCCO", "CC(N)C(=O)O")
RINGS = ("c1ccccc1", "Clc1ccncc1", "OC[C@H]1CCCN1", "c1ccc2ccccc2c1", "FC(F)(F)c1ccsc1", "BrC1CC1")
CHARGED = ("C[N+](C)(C)C", "[O-]C(=O)CS", "OB(O)c1ccccc1", "C[Si](C)(C)C", "OP(O)(O)=O", "C[Se]C")


def mols(*groups):
    return [Chem.MolFromSmiles(text) for group in groups for text in group]


REFERENCE = mols(CHAINS, RINGS)


def plain_columns(molecules):
    """The reference: descriptor by descriptor, bit by bit."""
    generator = GetMorganGenerator(radius=2, fpSize=FINGERPRINT_BITS)
    rows = []
    for molecule in molecules:
        row = [getattr(Descriptors, name)(molecule) for name in DESCRIPTORS]
        seen = generator.GetCountFingerprint(molecule).GetNonzeroElements()
        rows.append(row + [log(1 + seen.get(bit, 0)) for bit in range(FINGERPRINT_BITS)])
    return rows


def plain_embedding(reference, molecules, dimension):
    """The reference: standardise, weigh, project and z-score, column by column."""
    known, new = plain_columns(reference), plain_columns(molecules)
    scaled = [[0.0] * len(known[0]) for _ in [*known, *new]]
    means, spreads = [], []
    for column in zip(*known, strict=True):
        mean = sum(column) / len(column)
        means.append(mean)
        spreads.append(sqrt(sum((value - mean) ** 2 for value in column) / len(column)))
    varied = [k for k in range(len(DESCRIPTORS)) if spreads[k] > 1e-8]
    bits = sqrt(sum(spread**2 for spread in spreads[len(DESCRIPTORS) :]))
    for row, values in zip(scaled, [*known, *new], strict=True):
        for k, value in enumerate(values):
            if k in varied:
                row[k] = (value - means[k]) / spreads[k] / sqrt(len(varied))
            elif k >= len(DESCRIPTORS):
                row[k] = (value - means[k]) / bits
    random = np.random.default_rng(PROJECTION_SEED)
    mixed = np.array(scaled) @ random.standard_normal((len(means), dimension))
    base = mixed[: len(known)]
    return (mixed[len(known) :] - base.mean(axis=0)) / base.std(axis=0)


def test_descriptors_are_those_of_their_names():
    (row,) = describe(mols(["CC(=O)Oc1ccccc1C(=O)O"]))  # aspirin
    told = dict(zip(DESCRIPTORS, row.tolist(), strict=True))
    aspirin = mols(["CC(=O)Oc1ccccc1C(=O)O"])[0]
    assert told["MolWt"] == pytest.approx(180.16, abs=0.01)
    assert told["TPSA"] == pytest.approx(rdMolDescriptors.CalcTPSA(aspirin))
    assert told["MolLogP"] == pytest.approx(Crippen.MolLogP(aspirin))
    assert (told["RingCount"], told["NumHDonors"], told["HeavyAtomCount"]) == (1, 1, 13)
    assert len(set(DESCRIPTORS)) == len(DESCRIPTORS)


def test_fingerprints_are_the_counts_as_bits():
    molecules = mols(CHAINS, RINGS, CHARGED)
    counted = counts(molecules)
    for bits, row in zip(fingerprints(molecules), counted, strict=True):
        assert list(bits.GetOnBits()) == np.flatnonzero(row).tolist()
    assert counted.max() > 1


def test_of_no_molecules_there_are_no_rows():
    assert describe([]).shape == (0, len(DESCRIPTORS))
    assert counts([]).shape == (0, FINGERPRINT_BITS)
    assert fingerprints([]) == []


def test_every_dimension_is_z_scored_over_the_reference():
    vectors = fit_embedding(REFERENCE, 32)(REFERENCE)
    assert vectors.shape == (len(REFERENCE), 32)
    assert np.allclose(vectors.mean(axis=0), 0, atol=1e-10)
    assert np.allclose(vectors.std(axis=0), 1)


def test_the_embedding_agrees_with_a_computation_by_hand():
    found = fit_embedding(REFERENCE, 5)(mols(CHARGED))
    assert np.allclose(found, plain_embedding(REFERENCE, mols(CHARGED), 5), rtol=1e-9, atol=1e-9)


def test_descriptors_and_fingerprints_weigh_the_same():
    fitted = fit_embedding(REFERENCE, 3)
    columns = np.array(plain_columns(REFERENCE))
    scaled = ((columns - fitted.mean) / fitted.scale) ** 2
    parts = np.split(scaled, [len(DESCRIPTORS)], axis=1)
    assert [part.sum(axis=1).mean() for part in parts] == pytest.approx([1.0, 1.0])


def test_the_same_molecule_has_the_same_vector_whatever_stands_beside_it():
    first, again = fit_embedding(REFERENCE, 8), fit_embedding(REFERENCE, 8)
    molecules = mols(CHARGED)
    together = first(molecules)
    assert np.array_equal(together, again(molecules))
    for molecule, vector in zip(molecules, together, strict=True):
        assert np.allclose(first([molecule])[0], vector, rtol=1e-12)


def test_a_column_that_was_constant_in_the_reference_says_nothing_of_new_molecules():
    chains = mols(CHAINS)  # neither rings nor halogens nor sulfur
    fitted = fit_embedding(chains, 8)
    constant = ~np.isfinite(fitted.scale)
    names = [name for name, is_so in zip(DESCRIPTORS, constant, strict=False) if is_so]
    assert {"RingCount", "NumAromaticRings"} <= set(names)
    assert np.isfinite(fitted(mols(RINGS, CHARGED))).all()
    assert np.allclose(fitted(mols(RINGS)), plain_embedding(chains, mols(RINGS), 8), atol=1e-9)


def test_the_atoms_order_does_not_count():
    fitted = fit_embedding(REFERENCE, 8)
    for molecule in REFERENCE:
        order = np.random.default_rng(0).permutation(molecule.GetNumAtoms()).tolist()
        mixed = Chem.RenumberAtoms(molecule, order)
        assert np.allclose(fitted([mixed]), fitted([molecule]), atol=1e-9)
