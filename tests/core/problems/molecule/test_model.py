import numpy as np
import pytest
import torch
from rdkit import Chem

from core.problems.molecule.graphs import ATOM_COLUMNS, augment, batch_graphs, join_graphs
from core.problems.molecule.model import TEMPERATURES, MoleculeTextModel, softmax_by
from core.problems.molecule.scores import held_out, score, summarise
from core.problems.molecule.texts import unit_rows
from tests.core.problems.molecule.small import SMILES

MOLECULES = [Chem.MolFromSmiles(smiles) for smiles in (*SMILES, "[Na+]", "C", "FB(F)F")]


def model(**changes) -> MoleculeTextModel:
    torch.manual_seed(0)
    options = {"text_dim": 4, "width": 16, "layers": 2, "heads": 2, "dim": 8, "temperature": 0.1,
               "learns_temperature": False, "dropout": 0.0}  # fmt: skip
    return MoleculeTextModel(**(options | changes)).double().eval()


def embed(molecules, net) -> torch.Tensor:
    graphs = join_graphs(molecules)
    return net.embed_molecules(batch_graphs(graphs, np.arange(len(molecules)))).detach()


def shuffled(molecule: Chem.Mol, seed: int) -> Chem.Mol:
    order = np.random.default_rng(seed).permutation(molecule.GetNumAtoms()).tolist()
    return Chem.RenumberAtoms(molecule, order)


def test_graphs_hold_every_atom_and_bond_and_a_batch_is_the_same_in_any_company():
    graphs = join_graphs(MOLECULES)
    assert graphs.sizes.tolist() == [molecule.GetNumAtoms() for molecule in MOLECULES]
    chosen = np.array([4, 31, 4, len(MOLECULES) - 3])
    batch = batch_graphs(graphs, chosen)
    assert batch.count == 4
    at = 0
    for place, index in enumerate(chosen):
        molecule = MOLECULES[index]
        own = (batch.molecule == place).nonzero().flatten()
        assert own.tolist() == list(range(at, at + molecule.GetNumAtoms()))
        pairs = {(int(a) - at, int(b) - at) for a, b in zip(batch.source, batch.target, strict=True)
                 if int(a) in own.tolist()}  # fmt: skip
        expected = {(b.GetBeginAtomIdx(), b.GetEndAtomIdx()) for b in molecule.GetBonds()}
        assert pairs == expected | {(b, a) for a, b in expected}
        at += molecule.GetNumAtoms()
    largest = batch.atom.amax(dim=0)
    assert all(
        int(value) < count for value, count in zip(largest, ATOM_COLUMNS.values(), strict=True)
    )


def test_the_order_of_atoms_and_the_company_change_nothing():
    net = model()
    plain = embed(MOLECULES, net)
    mixed = embed([shuffled(molecule, n) for n, molecule in enumerate(MOLECULES)], net)
    assert torch.allclose(plain, mixed, atol=1e-10)
    assert torch.allclose(plain[5:6], embed(MOLECULES[5:6], net), atol=1e-10)


def test_molecules_that_differ_in_a_bond_or_an_element_differ():
    net = model()
    for one, other in (("CCO", "CC=O"), ("CCO", "CCS"), ("C/C=C/C", "C/C=C\\C")):
        pair = embed([Chem.MolFromSmiles(one), Chem.MolFromSmiles(other)], net)
        assert (pair[0] - pair[1]).abs().max() > 1e-4


def test_weights_of_attention_add_up_to_one_in_each_group_at_any_size_of_score():
    score_, group = torch.tensor([[1e4], [1e4 - 1], [-1e4], [3.0]]), torch.tensor([0, 0, 1, 1])
    weight = softmax_by(score_, group, 2).flatten()
    expected = torch.cat([torch.softmax(score_[:2, 0], 0), torch.softmax(score_[2:, 0], 0)])
    assert torch.allclose(weight, expected)


def test_a_temperature_that_is_learnt_gets_a_gradient_and_stays_in_its_range():
    fixed, learnt = model(), model(learns_temperature=True)
    assert not fixed.log_temperature.requires_grad
    assert learnt.log_temperature.requires_grad
    assert learnt.temperature.item() == pytest.approx(0.1)
    learnt.log_temperature.data.fill_(9.0)
    assert learnt.temperature.item() == TEMPERATURES[1]


def test_augmentation_hides_atoms_and_drops_bonds_in_pairs():
    graphs = join_graphs(MOLECULES)
    batch = batch_graphs(graphs, np.arange(len(MOLECULES)))
    random = np.random.default_rng(0)
    some = augment(batch, hide_atoms=0.3, drop_bonds=0.4, generator=random)
    share = float(some.masked.double().mean())
    assert 0.2 < share < 0.4
    edges = set(zip(some.source.tolist(), some.target.tolist(), strict=True))
    assert {(b, a) for a, b in edges} == edges
    assert 0.5 < len(edges) / len(batch.source) < 0.7
    nothing = augment(batch, hide_atoms=0.0, drop_bonds=0.0, generator=random)
    assert len(nothing.source) == len(batch.source)
    assert not nothing.masked.any()


def test_the_right_molecule_is_ranked_among_all_and_among_the_near_ones():
    random = np.random.default_rng(0)
    count = 150
    vectors = random.standard_normal((count, 6))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    label = np.arange(count)
    label[1] = 0  # two pairs of one text
    of = held_out(np.arange(count), label, vectors)
    query, key = (unit_rows(random.standard_normal((count, 5))) for _ in range(2))
    by_pair = score(query, key, of)
    for index in (0, 1, 7, 80):
        own = query[index] @ key[index]
        rivals = [n for n in range(count) if label[n] != label[index]]
        assert by_pair["rank"][index] == 1 + sum(query[index] @ key[n] > own for n in rivals)
        near = sorted(rivals, key=lambda n: -vectors[index] @ vectors[n])[:100]
        assert by_pair["near_rank"][index] == 1 + sum(query[index] @ key[n] > own for n in near)
    told = summarise("val", by_pair, of)
    assert told["val/mrr"] == pytest.approx((1 / by_pair["rank"]).mean())
    assert told["val_near/recall_at_5"] == pytest.approx((by_pair["near_rank"] <= 5).mean())
    assert told["val_near/chance_mrr"] == pytest.approx((1 / np.arange(1, 102)).mean())
