from itertools import product

import numpy as np
import pytest
import torch

from core.problems.peptide.batch_spectra import STOP, Batch, make_batch
from core.problems.peptide.batches import PeptideSource, held_out_batches, token_rows
from core.problems.peptide.mass_matching import casanovo, match_residues
from core.problems.peptide.residues import PLAIN_VOCABULARY, RESIDUE_MASS_DA, RESIDUES, WATER_DA
from core.problems.peptide.scores import constant_right, read_answers, score
from core.problems.peptide.synthetic import CLEAN

CPU = torch.device("cpu")
TRUTH = ["GASK", "PEPTIDEK", "LIVR"]
MASS = RESIDUE_MASS_DA


def batch_of(peptides: list[str]) -> Batch:
    length = np.array([len(peptide) for peptide in peptides])
    clean = np.ones(len(length), dtype=bool)
    tokens = token_rows(peptides, int(length.max()))
    return make_batch(tokens, length, clean, CLEAN, np.random.default_rng(0), CPU)


def answering(answers: list[str], width: int, *, sure: float = 30.0) -> torch.Tensor:
    """Logits that answer these residues, then stop."""
    logits = torch.zeros(len(answers), width, len(PLAIN_VOCABULARY))
    for row, answer in enumerate(answers):
        for place, residue in enumerate(answer[:width]):
            logits[row, place, PLAIN_VOCABULARY.index[residue]] = sure
        logits[row, len(answer) :, STOP] = sure
    return logits


def scores_of(answers: list[str], *, length_given: bool = False) -> dict[str, float]:
    return score(answering(answers, 9), batch_of(TRUTH), length_given=length_given).values


def test_a_perfect_answer_scores_perfectly():
    values = scores_of(TRUTH)
    for name in ("residue_accuracy", "peptide_accuracy", "residue_precision", "residue_recall"):
        assert values[name] == 1.0
    assert values["peptide_precision"] == 1.0
    assert values["ppm_error"] == pytest.approx(0.0, abs=0.1)
    assert values["argmax_ppm_error"] == pytest.approx(0.0, abs=1e-6)
    assert (values["residues"], values["peptides"]) == (16.0, 3.0)
    assert values["special_probability"] < 1e-6


def test_leucine_and_isoleucine_are_one_residue():
    assert scores_of(["GASK", "PEPTLDEK", "ILVR"])["peptide_accuracy"] == 1.0


def test_accuracy_counts_places_and_peptide_accuracy_the_stop():
    values = scores_of(["GSAK", "PEPTIDEK", "LIV"])
    # Two of four; eight of eight; three of four: the stop hides a residue that is all zeros,
    # where the first residue of the table wins.
    assert values["residue_accuracy"] == pytest.approx((2 + 8 + 3) / 16)
    assert values["peptide_accuracy"] == pytest.approx(1 / 3)


def test_given_the_length_the_stop_token_does_not_count():
    logits = answering(TRUTH, 9)
    logits[..., STOP] = 100.0
    batch = batch_of(TRUTH)
    assert read_answers(logits, batch.length) == TRUTH
    assert read_answers(logits, None) == ["", "", ""]
    assert score(logits, batch, length_given=True).values["peptide_accuracy"] == 1.0
    own = score(logits, batch, length_given=False).values
    assert (own["residue_precision"], own["residue_recall"], own["peptide_accuracy"]) == (0, 0, 0)
    assert own["residue_accuracy"] == 1.0


def test_by_position_only_peptides_that_reach_it_count():
    scores = score(answering(["GASK", "PEPTIDEK", "VIVR"], 9), batch_of(TRUTH), length_given=False)
    right = scores.by_position["residue_accuracy"]
    assert right[:8].tolist() == pytest.approx([2 / 3, 1, 1, 1, 1, 1, 1, 1])
    assert np.isnan(right[8])
    # A peptide with its first residue wrong is never right again.
    assert scores.by_position["right_so_far"][:8].tolist() == pytest.approx([2 / 3] * 4 + [1.0] * 4)
    assert scores.by_example["answer"].tolist() == ["GASK", "PEPTIDEK", "VIVR"]


def test_an_answer_one_isotope_off_is_named():
    # N -> D is +0.984 Da: the nearest whole number of 13C isotopes is 1.
    batch = batch_of(["GANK"])
    scores = score(answering(["GADK"], 5), batch, length_given=False)
    total = sum(MASS[r] for r in "GANK") + WATER_DA
    assert scores.by_example["isotope_offset"].tolist() == [1.0]
    assert scores.values["argmax_ppm_error"] == pytest.approx(
        (MASS["D"] - MASS["N"]) / total * 1e6, rel=1e-6
    )


def test_probability_on_special_tokens_is_missing_mass():
    logits = answering(["GASK"], 5)
    logits[0, :4] = torch.log(torch.softmax(logits[0, :4], -1) * 0.9 + 1e-12)
    logits[0, :4, 0] = np.log(0.1)
    values = score(logits, batch_of(["GASK"]), length_given=True).values
    residues = sum(MASS[r] for r in "GASK")
    assert values["special_probability"] == pytest.approx(0.1, abs=1e-5)
    assert values["signed_mass_error"] == pytest.approx(
        -0.1 * residues / (residues + WATER_DA), abs=1e-5
    )
    assert values["ppm_error"] == pytest.approx(0.0, abs=1.0)  # what the loss sees: renormalised


def oracle_matches(answer: str, truth: str) -> set[int]:
    """All pairs whose masses and prefix masses agree: no walk, every pair is looked at."""

    def pairs(mine: str, other: str) -> set[tuple[int, int]]:
        up = [sum(MASS[r] for r in mine[: i + 1]) for i in range(len(mine))]
        to = [sum(MASS[r] for r in other[: j + 1]) for j in range(len(other))]
        return {
            (i, j)
            for i, j in product(range(len(mine)), range(len(other)))
            if abs(up[i] - to[j]) < 0.5 and abs(MASS[mine[i]] - MASS[other[j]]) < 0.1
        }

    found = {max(pair) for pair in pairs(answer, truth)}
    wrong = [place for place in range(max(len(answer), len(truth))) if place not in found]
    for i, j in pairs(answer[::-1], truth[::-1]):
        places = len(answer) - 1 - i, len(truth) - 1 - j
        if wrong and min(places) >= wrong[0]:
            found.add(max(places))
    return found


def test_matching_agrees_with_a_look_at_every_pair():
    generator = np.random.default_rng(0)
    partly = 0
    for _ in range(400):
        truth = "".join(generator.choice([*RESIDUES], size=generator.integers(1, 9)))
        answer = list(truth)
        for _ in range(int(generator.integers(0, 4))):
            place = int(generator.integers(0, len(answer) + 1))
            answer[place : place + int(generator.integers(0, 3))] = generator.choice(
                [*"GANKQ"], size=generator.integers(0, 3)
            ).tolist()
        matched = set(np.flatnonzero(match_residues("".join(answer), truth)).tolist())
        assert matched == oracle_matches("".join(answer), truth), (answer, truth)
        partly += 0 < len(matched) < len(truth)
    assert partly > 100


@pytest.mark.parametrize(
    ("answer", "truth", "precision", "recall"),
    [
        ("GASK", "GASK", 1.0, 1.0),
        ("AGSK", "GASK", 0.5, 0.5),  # the swap costs two residues, not the rest
        ("WSK", "GASK", 2 / 3, 0.5),  # W is 1 mDa from no pair of G and A: matched from the right
        ("GASQ", "GASK", 1.0, 1.0),  # Q and K are 0.036 Da apart
        ("", "GASK", 0.0, 0.0),
        ("GASKK", "GASK", 0.8, 1.0),
    ],
)
def test_precision_and_recall_by_hand(answer: str, truth: str, precision: float, recall: float):
    values = casanovo([answer], [truth])
    assert values["residue_precision"] == pytest.approx(precision)
    assert values["residue_recall"] == pytest.approx(recall)
    assert values["peptide_precision"] == float(precision == recall == 1.0)


def test_the_best_constant_is_found_by_trying_every_residue():
    source = PeptideSource(6, 8, seed=3)
    batch = held_out_batches(6, 8, CPU)["val_easy"]
    drawn = source.draw(0, 4096, 1.0, CPU)
    same = {PLAIN_VOCABULARY.index["I"]: PLAIN_VOCABULARY.index["L"]}
    right = 0
    for place in range(8):
        counts: dict[int, int] = {}
        for token, length in zip(
            drawn.target[:, place].tolist(), drawn.length.tolist(), strict=True
        ):
            if place < length:
                counts[same.get(token, token)] = counts.get(same.get(token, token), 0) + 1
        best = max(counts, key=lambda token: counts[token])
        for token, length in zip(
            batch.target[:, place].tolist(), batch.length.tolist(), strict=True
        ):
            right += place < length and same.get(token, token) == best
    expected = right / int(batch.length.sum())
    right, is_residue = constant_right(source, batch)
    assert right[is_residue].mean() == pytest.approx(expected)
    assert 0.1 < expected < 0.4
