"""Three small charts, each with the sentence that it proves and the page that it opens."""

import numpy as np
import streamlit as st

from core.balance.stages import StageShares, tabulate_shares
from core.figures.draw_curves import draw_curves
from core.figures.loss_curves import summarise_certainty
from core.figures.shares import draw_share_bars
from core.figures.theme import Palette
from core.metrics import term_label
from core.problems.peptide.analysis.certainty import reference_peptides
from core.problems.peptide.balance import default_bands, expected_raw, note_schedule
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.objective import SPECTRUM_LOSSES
from pages.ui.balance.solved import summarise_stage_shares
from pages.ui.charts import show_chart
from pages.ui.page import heading, presenting
from pages.ui.spectra.compute import certainty_curves, grid_ripple
from pages.ui.spectra.views_of_one import summarise_grid

HEIGHT = 246
LOSSES = ("expected_spectrum", "gaussian_cosine")
AT = 0.99
OPTIONS = SpectrumOptions(sigma_da=0.2)
NOTE_RATIO = 0.5  # sigma over bin in the note on improved losses


@st.cache_data(show_spinner=False)
def note_shares() -> StageShares:
    """Tabulate the note's schedule at its expected errors, with the true formula."""
    values, schedule = expected_raw(), note_schedule()
    bands = [default_bands().get(term) for term in schedule.terms]
    return tabulate_shares(
        values.raw, schedule.weights, bands, stages=schedule.names, terms=schedule.terms
    )


def dominating(shares: StageShares) -> tuple[str, str, float]:
    """Name the term with the highest share among stages with two or more active terms.

    Returns:
        The term, the stage, and the share in percent.
    """
    several = (shares.weights > 0).sum(axis=1) > 1
    inside = np.where(several[:, None], shares.shares, -1.0)
    i, j = np.unravel_index(int(inside.argmax()), inside.shape)
    return shares.terms[j], shares.stages[i], float(inside[i, j])


def glance_at_certainty(palette: Palette) -> None:
    """A right but not yet certain model looks like a wrong one, in all losses but one."""
    heading("Does a nearly right model get a low loss?")
    curves = certainty_curves(reference_peptides(), LOSSES, OPTIONS)
    names = {name: SPECTRUM_LOSSES[name].long_label for name in LOSSES}
    first = curves[LOSSES[0]]
    record = summarise_certainty(
        first.p_right,
        {names[name]: curve.right for name, curve in curves.items()},
        {},
        {},
        chosen=names[LOSSES[0]],
    )
    show_chart(
        draw_curves(record, palette, height=HEIGHT),
        key="glance-certainty",
        alt="Mean loss of the right peptide against the probability of its residues.",
    )
    at = int((abs(first.p_right - AT)).argmin())
    gaussian, expected = (curves[name].right[at] for name in reversed(LOSSES))
    st.markdown(
        f"At {100 * AT:g} % certainty (σ {OPTIONS.sigma_da:g} Da) the right peptide costs "
        f"**{gaussian:.2f}** in the Gaussian cosine of expected masses, **{expected:.3f}** in the "
        "expected spectrum."
    )
    _open("pages/spectra.py", "Spectra", {"view": "Certainty", "sigma": f"{OPTIONS.sigma_da:g}"})


def glance_at_shares(palette: Palette) -> None:
    """The schedule that was to fix a term of 98 % brings it back."""
    heading("Does each term get its share?")
    shares = note_shares()
    bands = [[default_bands().get(term) for term in shares.terms]] * len(shares.stages)
    show_chart(
        draw_share_bars(summarise_stage_shares(shares, bands), palette, height=HEIGHT),
        key="glance-shares",
        alt="Share of each term by stage in the note's schedule.",
    )
    term, stage, share = dominating(shares)
    st.markdown(
        f"The note's schedule lets the {term_label(term)} term rise to **{share:.0f} %** in stage "
        f"{stage}; its target is {default_bands()[term]}."
    )
    _open("pages/loss_balance.py", "Loss balance", {})


def glance_at_the_grid(palette: Palette) -> None:
    """With a width of half a bin, the loss depends on where the bin edges fall."""
    heading("Does the grid change the loss?")
    found = grid_ripple()
    show_chart(
        draw_curves(summarise_grid(found, NOTE_RATIO), palette, height=HEIGHT),
        key="glance-ripple",
        alt="Range of the grid loss of one shift over bin positions, against sigma over bin.",
    )
    at = int((abs(found.sigma_over_bin - NOTE_RATIO)).argmin())
    st.markdown(
        f"At the note's σ of half a bin, one and the same shift costs **{found.low[at]:.2f} to "
        f"{found.high[at]:.2f}**; without a grid {found.continuous:.3f}."
    )
    _open("pages/spectra.py", "Spectra", {"view": "Grid"})


def _open(page: str, label: str, query: dict[str, str]) -> None:
    if presenting():
        query = {**query, "present": "1"}
    st.page_link(page, label=f"Open {label}", icon=":material/arrow_forward:", query_params=query)
