"""What was found before any run, and the real data that can be fetched."""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from core.cosine_point import Point
from core.datasets.catalogue import DATASETS, Dataset
from core.datasets.fetch import dataset_folder, fetch, is_fetched, remove
from core.errors import CoreError
from core.metrics import term_label
from core.problems.peptide.config import SpectrumOptions
from core.problems.peptide.diagnose import LabelCheck, check_labels
from pages.ui.charts import show_table
from pages.ui.overview.glances import dominating, note_shares
from pages.ui.page import explain_error, heading
from pages.ui.spectra.loaded import sample_set

NOTE = SpectrumOptions()  # the defaults are the note's width and bin
SHRUNK = Point(cos=0.0, norm_ratio=0.5, dimension=256, target_norm=16.0)  # z-scored targets
HOLDS_WITHIN = 0.02


@st.cache_data(show_spinner=False)
def sample_check() -> LabelCheck:
    """Check the labels of the synthetic sample."""
    return check_labels(sample_set().spectra)


def show_findings() -> None:
    """List what a person should know before the first run."""
    heading("Before a run", "computed from the note's settings and the synthetic sample")
    columns = ["Finding", "Evidence", "What to do"]
    show_table(
        pd.DataFrame(list(_findings()), columns=columns),
        key="findings",
        alt="Findings before a run, with evidence and advice.",
    )


def _findings() -> Iterator[tuple[str, str, str]]:
    shares, check = note_shares(), sample_check()
    outside = len(shares.stages) - sum(shares.inside)
    term, stage, share = dominating(shares)
    if outside:
        finding = f"Targets are missed, most by {term_label(term)}"
        evidence = f"{outside} of {len(shares.stages)} stages; {share:.0f} % in stage {stage}"
        yield finding, evidence, "Loss balance: solve the weights"
    if NOTE.sigma_over_bin < 1:
        evidence = f"σ/bin = {NOTE.sigma_over_bin:.2f} in the note"
        yield "The grid form aliases", evidence, "Spectra: bin of σ or less"
    if abs(SHRUNK.times_note - 1) > HOLDS_WITHIN:
        evidence = f"{SHRUNK.times_note:.2f} of it at norm ratio {SHRUNK.norm_ratio:g}, cosine 0"
        yield "MSE is not 2(1 − cos) unless norms agree", evidence, "Cosine against MSE: move r"
    if check.flagged:
        count = f"{len(check.flagged)} of {len(check.rows)} above {check.tolerance_ppm:g} ppm"
        yield "Labels that do not fit their precursor", count, "Spectra: data check"


def show_catalogue() -> None:
    """List the real data sets, each with a button that fetches it."""
    heading("Real data", "fetched on request, checked, kept below the state folder")
    for dataset in DATASETS.values():
        _entry(dataset)


def _entry(dataset: Dataset) -> None:
    there = is_fetched(dataset)
    state = f"fetched, {dataset.size_text}" if there else dataset.size_text
    st.markdown(f"**{dataset.title}** &nbsp; :gray[:small[{state}; {dataset.licence}]]")
    st.markdown(f":gray[:small[{dataset.description}]]")
    row = st.container(horizontal=True)
    if there:
        page, label, query = _way_in(dataset)
        row.page_link(page, label=label, icon=":material/arrow_forward:", query_params=query)
        if row.button("Remove", key=f"remove-{dataset.name}", type="tertiary",
                      help="Delete the fetched files."):  # fmt: skip
            remove(dataset)
            st.rerun()
    elif row.button(
        "Fetch", key=f"fetch-{dataset.name}", icon=":material/download:",
        help=f"From {dataset.source}.",
    ):  # fmt: skip
        fetch_shown(dataset)


def _way_in(dataset: Dataset) -> tuple[str, str, dict[str, str]]:
    """Name the page that shows a fetched set, and the values that open it there."""
    if dataset.problem == "pocket":
        folder = str(dataset_folder(dataset))
        query = {"view": "Complexes", "folder": folder}
        return "pages/cosine_mse.py", "Open in Cosine against MSE", query
    if dataset.problem == "molecule":
        return "pages/hard_negatives.py", "Open in Hard negatives", {"molecules": "ChEBI-20"}
    return "pages/spectra.py", "Open in Spectra", {"dataset": dataset.title}


def fetch_shown(dataset: Dataset) -> None:
    """Fetch a data set with a bar and begin the page anew; a failure is explained."""
    bar = st.progress(0.0, "Fetching ...")
    about = "about " if dataset.size_bytes is None else ""

    def show(done: int, total: int) -> None:
        bar.progress(min(done / total, 1.0), f"{done / 1e6:.1f} of {about}{total / 1e6:.1f} MB")

    try:
        fetch(dataset, progress=show)
    except CoreError as error:
        bar.empty()
        explain_error(error)
        return
    st.rerun()
