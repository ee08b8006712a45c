import numpy as np
import pytest
from rdkit import Chem

from core.chemistry.descriptors import fingerprints
from core.errors import InputError, UnavailableError
from core.problems.molecule import texts as text_module
from core.problems.molecule.pairs import dictionary_pairs, plain_text, read_table
from core.problems.molecule.texts import read_vectors, sentence_vectors, tfidf_svd
from tests.core.problems.molecule.small import SMILES, describe, small_table, write_table


def test_names_of_the_dictionary_belong_to_molecules_of_a_size():
    pairs = dictionary_pairs(50, 1)
    assert len(set(pairs.names)) == len(pairs.molecules) == len(pairs.texts) == 50
    assert all(8 <= molecule.GetNumHeavyAtoms() <= 50 for molecule in pairs.molecules)
    assert all(pairs.texts)
    assert dictionary_pairs(50, 1).names == pairs.names != dictionary_pairs(50, 2).names


@pytest.mark.parametrize("name", ["own.csv", "own.tsv"])
def test_a_table_is_read_and_a_row_that_cannot_be_used_costs_itself_only(tmp_path, name):
    rows = [
        ("a", "CCO", "an  alcohol"), ("b", "C1CC", "a ring that is open"), ("c", "CCN", "  "),
        ("d", "", "nothing"), ("e", "c1ccccc1", "benzene, a ring"),
    ]  # fmt: skip
    pairs = read_table(write_table(tmp_path / name, rows))
    assert pairs.names == ("a", "e")
    assert pairs.texts == ("an alcohol", "benzene, a ring")
    assert [Chem.MolToSmiles(molecule) for molecule in pairs.molecules] == ["CCO", "c1ccccc1"]
    assert [reason.split(":")[0] for reason in pairs.left_out] == [
        "row 3 (b)", "row 4 (c)", "row 5 (d)",
    ]  # fmt: skip
    assert "RDKit refuses the SMILES 'C1CC'" in pairs.left_out[0]
    assert "empty description" in pairs.left_out[1]


RAW = r"""CID	SMILES	description
5287573	C/C=C\\C	The molecule is (2Z)-but-2-ene.
62695	C/C=C/C	The molecule is (2E)-but-2-ene.
11	C/C=C\\1/CCC(=C1)/C=C(\\C)/CC	"Half a quotation, boiling at 4 ℃.
12	C/C=C\\\\CO	An escape that was escaped.
"""


def test_a_raw_file_of_chebi_20_is_read_with_doubled_backslashes_as_single_ones(tmp_path):
    path = tmp_path / "validation.txt"
    path.write_text(RAW, encoding="utf-8")
    pairs = read_table(path)
    assert pairs.left_out == ()
    assert pairs.names == ("5287573", "62695", "11", "12")
    wanted = [r"C/C=C\C", "C/C=C/C", r"C/C=C\1/CCC(=C1)/C=C(\C)/CC", r"C/C=C\CO"]
    canonical = [Chem.CanonSmiles(smiles) for smiles in wanted]
    assert [Chem.MolToSmiles(molecule) for molecule in pairs.molecules] == canonical
    assert pairs.texts[2] == '"Half a quotation, boiling at 4 °C.'
    one, other = fingerprints(pairs.molecules[:2])
    assert one == other, "stereoisomers share a fingerprint"


def test_reading_tells_how_far_it_is(tmp_path):
    told = []
    read_table(small_table(tmp_path / "a.csv"), progress=lambda *step: told.append(step))
    assert told == [(0, len(SMILES))]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"smiles,description\nC1CC,open\n", "at least one usable row"),
        ("a.csv", b"", "an empty file"),
        ("a.csv", b"molecule,description\nCC,x\n", "a column smiles"),
        ("a.csv", b"smiles,meaning\nCC,x\n", "a column description"),
        ("a.csv", b"smiles,description\nCC,\xff\xfe\n", "UTF-8"),
        ("a.xlsx", b"PK", "a table, .csv, .tsv or .txt"),
        ("a.csv", b"smiles,description\n", "no row at all"),
    ],
)
def test_what_is_no_table_of_pairs_is_refused(tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as refused:
        read_table(path)
    assert name in str(refused.value)


def test_texts_that_look_alike_become_equal():
    assert plain_text("β\u2010alanine\u00a0 salt") == plain_text("β‐alanine salt")


TEXTS = [describe(smiles) for smiles in SMILES]


def test_alike_texts_get_alike_vectors_and_only_training_texts_shape_them():
    training = np.arange(0, len(TEXTS), 2)
    vectors = tfidf_svd(TEXTS, training, 8, are_names=False)
    assert vectors.shape == (len(TEXTS), 8)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    similarity = vectors @ vectors.T
    acid, other_acid = (
        TEXTS.index("an acid on a chain of 2 carbons"),
        TEXTS.index("an acid on a chain of 6 carbons"),
    )
    amine = TEXTS.index("an amine on a ring c1ccsc1")
    assert similarity[acid, other_acid] > similarity[acid, amine]
    changed = [text if n in training else "zzz" for n, text in enumerate(TEXTS)]
    again = tfidf_svd(changed, training, 8, are_names=False)
    assert again[training] == pytest.approx(vectors[training], abs=1e-5)
    assert not again[1].any(), "a text without a known word has no direction"


def test_texts_that_share_nothing_are_refused():
    with pytest.raises(InputError, match="share some words"):
        tfidf_svd(["ab", "cd", "ef"], np.arange(3), 8, are_names=False)


def test_vectors_of_ones_own_come_by_row(tmp_path):
    path, names = tmp_path / "own.npy", ("a", "b", "c")
    vectors = np.array([[3.0, 4.0], [0.0, 2.0], [1.0, 0.0]])
    np.save(path, vectors)
    assert read_vectors(path, names).tolist() == pytest.approx(
        np.array([[0.6, 0.8], [0.0, 1.0], [1.0, 0.0]])
    )
    for bad, says in (
        (vectors[:2], "3 rows, one for each pair, came 2"),
        (vectors[:, 0], r"shape \(3,\)"),
        (np.array([[1.0, np.nan], [1, 1], [1, 1]]), "finite numbers, came other in 1 rows, a"),
        (np.array([[1.0, 1.0], [0, 0], [1, 1]]), "with a direction, came other in 1 rows, b"),
        (np.array([["a", "b"]] * 3), "type <U1"),
    ):
        np.save(path, bad)
        with pytest.raises(InputError, match=says):
            read_vectors(path, names)


def test_pickled_objects_are_refused_and_not_run(tmp_path):
    path = tmp_path / "own.npy"
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="pickled objects, which could run code"):
        read_vectors(path, ("a",))
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError, match="an array of numbers"):
        read_vectors(path, ("a",))


def test_a_sentence_model_that_is_not_installed_is_said(monkeypatch):
    def absent(_name: str):
        raise ImportError

    monkeypatch.setattr(text_module, "import_module", absent)
    with pytest.raises(UnavailableError, match="needs the extra"):
        sentence_vectors(["a"])
