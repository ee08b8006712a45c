"""Which spectra the page looks at: the synthetic sample, a fetched set, or an upload."""

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st

from core.datasets.catalogue import DATASETS
from core.datasets.fetch import dataset_folder, is_fetched
from core.errors import CoreError, InputError
from core.problems.peptide.data import load_sample
from core.problems.peptide.reading.labels import attach_labels, read_labels
from core.problems.peptide.spectra import ReadResult, Spectrum, read_spectra
from pages.ui.controls import Choice, draw_control
from pages.ui.page import explain_error
from pages.ui.spectra.answer_uploads import upload_answers

SAMPLE, UPLOAD = "sample", "upload"
SLOT, READ, REFUSED = "uploaded-spectra", "uploaded-files", "refused-files"


@dataclass(frozen=True, eq=False)
class LoadedSet:
    """Spectra with their origin.

    Args:
        key: Identity for caches.
        origin: What the screen says of them: "Synthetic sample", a title, a file name.
        result: The spectra, and what was wrong with the rest.
    """

    key: str
    origin: str
    result: ReadResult

    @property
    def labelled(self) -> dict[str, Spectrum]:
        """The spectra with a peptide, by a key that no other set has."""
        return {
            f"{self.key}/{i + 1}": spectrum
            for i, spectrum in enumerate(self.result.spectra)
            if spectrum.peptide is not None and len(spectrum.peptide) > 1
        }

    @property
    def summary(self) -> str:
        """Say where the spectra come from, how many there are, and what was left out."""
        lost = sum(not found.kept for found in self.result.problems)
        rest = f"; {lost} left out, see Data check" if lost else ""
        return f"{self.origin}, {len(self.labelled):,} labelled spectra{rest}"

    @property
    def names(self) -> dict[str, str]:
        """What a list shows for each labelled spectrum; a peptide that occurs twice is numbered.

        The address holds these names, so no two may be equal.
        """
        labels = {key: str(spectrum.peptide) for key, spectrum in self.labelled.items()}
        count = Counter(labels.values())
        numbers = {key: key.rsplit("/", 1)[-1] for key in labels}
        return {k: f"{s} #{numbers[k]}" if count[s] > 1 else s for k, s in labels.items()}


@st.cache_data(show_spinner="Reading the synthetic sample ...")
def sample_set() -> ReadResult:
    """Read the synthetic spectra that come with the project."""
    return load_sample()


@st.cache_data(show_spinner="Reading the fetched spectra ...", max_entries=4)
def catalogue_set(name: str) -> ReadResult:
    """Read a fetched set of the catalogue: its spectra and their labels."""
    dataset = DATASETS[name]
    spectra, labels = (
        dataset_folder(dataset) / dataset.file(r).name for r in ("spectra", "labels")
    )
    result = read_spectra(spectra, name=spectra.name)
    return attach_labels(result, read_labels(labels, name=labels.name))


def _set_name(key: str) -> str:
    if key == UPLOAD:
        return str(st.session_state[SLOT].origin) if SLOT in st.session_state else "Upload"
    return "Synthetic sample" if key == SAMPLE else DATASETS[key].title


DATASET = Choice(
    "dataset",
    "Data set",
    "The synthetic sample, what was fetched from the catalogue (Overview), or your upload.",
    SAMPLE,
    (SAMPLE,),
    _set_name,
)


def choose_set() -> LoadedSet:
    """Draw the data part of the sidebar and give the chosen spectra.

    A file that cannot be used is explained; the spectra that were there stay.
    """
    with st.sidebar.expander("Data"):
        _upload()
        upload_answers()
        fetched = tuple(
            name
            for name, item in DATASETS.items()
            if item.problem == "peptide" and is_fetched(item)
        )
        options = (SAMPLE, *fetched, *((UPLOAD,) if SLOT in st.session_state else ()))
        chosen = draw_control(replace(DATASET, options=options))
    return _load(chosen or SAMPLE)


def _load(chosen: str) -> LoadedSet:
    if chosen == UPLOAD and SLOT in st.session_state:
        return st.session_state[SLOT]
    if chosen in DATASETS and DATASETS[chosen].problem == "peptide":
        try:
            return LoadedSet(chosen, DATASETS[chosen].title, catalogue_set(chosen))
        except CoreError as error:
            explain_error(error)
    return LoadedSet(SAMPLE, "Synthetic sample", sample_set())


def _upload() -> None:
    spectra = st.file_uploader(
        "Spectra, MGF or mzML",
        key="upload-spectra",
        help="Read as a stream; good spectra of a partly bad file are kept and the rest is listed.",
    )
    labels = st.file_uploader(
        "Labels, PEPREC or CSV",
        key="upload-labels",
        help="Columns spec_id, modifications, peptide, charge; or a CSV with spectrum and peptide.",
    )
    if spectra is None:
        return
    identity = f"{spectra.file_id}-{labels.file_id if labels else ''}"
    if st.session_state.get(READ) != identity:
        st.session_state[READ] = identity
        st.session_state.pop(REFUSED, None)
        bar = st.progress(0.0, "Reading spectra ...")
        try:
            st.session_state[SLOT] = _read(identity, spectra, labels, bar)
            st.session_state["dataset"] = UPLOAD
            st.session_state.pop("spectrum", None)
        except CoreError as error:
            st.session_state[REFUSED] = error
        bar.empty()
    if REFUSED in st.session_state:  # stays until other files come
        explain_error(st.session_state[REFUSED])


def _read(identity: str, spectra: Any, labels: Any, bar: Any) -> LoadedSet:
    result = read_spectra(
        spectra,
        name=spectra.name,
        progress=lambda share: bar.progress(min(share, 1.0), f"Reading {spectra.name} ..."),
    )
    if labels is not None:
        result = attach_labels(result, read_labels(labels, name=labels.name))
    return require_labels(LoadedSet(identity, spectra.name, result))


def require_labels(loaded: LoadedSet) -> LoadedSet:
    """Give the set back if it has something to compare.

    Raises:
        InputError: No spectrum has a peptide of two residues or more.
    """
    if not loaded.labelled:
        raise InputError(
            loaded.origin,
            expected="at least one spectrum with a peptide of two residues or more",
            came=f"{len(loaded.result.spectra):,} spectra, none with such a label",
            do="Add the file of labels; until then the set that was there stays",
        )
    return loaded
