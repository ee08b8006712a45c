import numpy as np
import pytest

from core.problems.peptide.analysis.candidates import (
    CANDIDATES,
    CandidateTable,
    candidate_losses,
    candidate_table,
    candidates_of,
)
from core.problems.peptide.analysis.certainty import exact_spectrum
from core.problems.peptide.analysis.match import match_peptide
from core.problems.peptide.analysis.scoring import (
    CERTAIN,
    Belief,
    Prepared,
    loss_named,
    score,
)
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.objective import SPECTRUM_LOSSES
from core.problems.peptide.peptides import Peptide
from core.problems.peptide.spectra import Spectrum, prepare

PEPTIDE = Peptide("NSLEILLGSIGR")
OPTIONS = SpectrumOptions()


def compare(peptide: Peptide, observed: Prepared, belief: Belief = CERTAIN) -> CandidateTable:
    """Build the table as the page does: a column a loss, by its relevant options."""
    candidates = candidates_of(peptide, seed=OPTIONS.seed)
    columns = {
        name: candidate_losses(candidates, observed, name, loss.relevant(OPTIONS), belief)
        for name, loss in SPECTRUM_LOSSES.items()
    }
    peptides = [candidate.peptide for candidate in candidates]
    matches = [p and match_peptide(p, observed, OPTIONS, belief) for p in peptides]
    return candidate_table(candidates, columns, matches)


def table_of(*columns: list[float]):
    candidates = candidates_of(PEPTIDE)
    named = {f"loss {i}": np.array(column) for i, column in enumerate(columns)}
    return candidate_table(candidates, named, [None] * len(candidates))


def test_on_its_exact_spectrum_the_right_peptide_is_lowest_in_every_column():
    table = compare(PEPTIDE, exact_spectrum(PEPTIDE, OPTIONS))
    assert tuple(c.kind for c in table.candidates) == CANDIDATES
    assert table.losses == tuple(SPECTRUM_LOSSES)
    np.testing.assert_allclose(table.value[0], 0.0, atol=1e-6)
    assert not table.below_right.any()
    for name in ("gaussian_cosine", "gaussian_cosine_grid", "matched_filter", "expected_spectrum"):
        column = table.losses.index(name)
        assert table.lowest[:, column].tolist() == [True, False, False, False, False]
        assert table.lead[column] == pytest.approx(table.value[table.rival[column], column])
    right, *wrong = table.matches
    assert right is not None
    assert (right.matched, right.predicted) == (22, 22)
    assert all(match is not None and match.matched < 22 for match in wrong)


def test_bold_and_amber_follow_the_third_decimal():
    table = table_of(
        [0.5, 0.5003, 0.6, 0.7, 0.8],  # a tie: nothing stands out
        [0.5, 0.5006, 0.6, 0.7, 0.8],  # the right one wins
        [0.5, 0.4997, 0.4, 0.7, 0.8],  # a wrong one wins, another ties
    )
    assert table.lowest.T.tolist() == [
        [False] * 5,
        [True, False, False, False, False],
        [False, False, True, False, False],
    ]
    assert table.below_right.T.tolist() == [
        [False] * 5,
        [False] * 5,
        [False, False, True, False, False],
    ]
    np.testing.assert_allclose(table.lead, [0.0003, 0.0006, -0.1])
    assert table.rival == (1, 1, 2)


def test_a_decoy_that_does_not_exist_is_an_empty_row_with_a_reason():
    peptide = Peptide("GGGGK")
    table = compare(peptide, exact_spectrum(peptide, OPTIONS))
    row = CANDIDATES.index("swap")
    assert np.isnan(table.value[row]).all()
    assert table.matches[row] is None
    assert table.candidates[row].reason.startswith("no two neighbours")
    assert not table.lowest[row].any()
    nothing_wrong = table_of([0.5, *[np.nan] * 4])
    assert np.isnan(nothing_wrong.lead[0])
    assert nothing_wrong.rival == (-1,)


def test_cells_are_the_scores_of_each_pair_under_all_options_and_follow_the_belief():
    observed = exact_spectrum(PEPTIDE, OPTIONS)
    belief = Belief(p_right=0.9, rest="uniform")
    table = compare(PEPTIDE, observed, belief)
    for column, name in enumerate(table.losses):
        for row, candidate in enumerate(table.candidates):
            assert candidate.peptide is not None
            wanted = score(loss_named(name), [candidate.peptide], [observed], OPTIONS, belief)
            assert table.value[row, column] == pytest.approx(wanted[0], abs=1e-9)
    certain = compare(PEPTIDE, observed)
    assert table.value[0, table.losses.index("gaussian_cosine")] > 0.9
    assert table.value[0, table.losses.index("expected_spectrum")] < 0.2
    assert certain.value[0].max() < 1e-6


def test_an_offset_blinds_a_narrow_gaussian():
    observed = exact_spectrum(PEPTIDE, OPTIONS)
    table = compare(PEPTIDE, observed, Belief(offset_da=0.5))
    assert table.value[0, table.losses.index("gaussian_cosine")] > 0.98
    matched = table.matches[0]
    assert matched is not None
    assert matched.matched == 0


def test_the_picture_of_the_look(measured: list[Spectrum]):
    """NSLEILLGSIGR as the pictures show it: 15 of 22 ions, half of the intensity, 0.439."""
    (spectrum,) = [s for s in measured if s.peptide == PEPTIDE]
    observed = Prepared(*prepare(spectrum, top_peaks=1000))
    table = compare(PEPTIDE, observed)
    match = table.matches[0]
    assert match is not None
    assert (match.matched, match.predicted) == (15, 22)
    assert match.explained == pytest.approx(0.50, abs=0.01)
    assert match.median_ppm == pytest.approx(1.9, abs=0.1)
    right = dict(zip(table.losses, table.value[0], strict=True))
    assert right["gaussian_cosine"] == pytest.approx(0.439, abs=0.005)
    # The picture heads this column "Reverse": each observed peak to its nearest predicted one.
    assert right["nearest_peak_huber"] == pytest.approx(0.889, abs=0.005)
