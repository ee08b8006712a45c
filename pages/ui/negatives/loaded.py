"""Which molecules the page draws from: the sample, the full set, ChEBI-20, a table of one's own."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from core.datasets.catalogue import CHEBI20_VALIDATION, Dataset
from core.datasets.fetch import dataset_folder, is_fetched
from core.errors import CoreError
from core.problems.molecule.config import MoleculeConfig
from core.problems.molecule.data import load_pairs
from core.problems.molecule.explore import Explored, read_sample, search, training_side
from core.samplers.embeddings import Embeddings
from core.samplers.pool import Pool
from pages.ui.controls import Segments, Text, draw_control
from pages.ui.overview.lists import fetch_shown
from pages.ui.page import explain_error

SAME = 1e-6  # components that differ by less are equal
SOURCES = {"sample": "Sample", "full": "Full set", "chebi20": "ChEBI-20", "own": "Own"}
SOURCE = Segments(
    "molecules",
    "Molecules",
    "Sample: 400 real molecules of the repository. Full set: the 12,000 of a run. ChEBI-20: "
    "molecules with descriptions, fetched on request. Own: a table.",
    "sample",
    tuple(SOURCES),
    lambda name: SOURCES[name],
)
PAIRS = Text(
    "pairs",
    "Table of pairs, path",
    "CSV or TSV with the columns smiles and description, as the option pairs of a run takes it.",
    "",
    "a file of this machine",
)
EMBEDDINGS = Text(
    "embeddings",
    "Own text vectors, path",
    "NPY with a row for each pair of the table, or HDF5 by their names, as the option embeddings "
    "of a run takes it. Empty: TF-IDF of the descriptions.",
    "",
    "empty: computed",
)


@dataclass(frozen=True, eq=False)
class Loaded:
    """A set of pairs, ready to be drawn from.

    Args:
        key: What it was loaded from.
        explored: The pairs.
        pool: With their neighbours.
        left_out: What was not used, in a sentence.
    """

    key: str
    explored: Explored
    pool: Pool
    left_out: str = ""

    @property
    def is_one_point(self) -> bool:
        """Whether all texts have one vector, so that nobody is nearer than anybody else."""
        vectors = self.explored.vectors
        return bool(np.allclose(vectors, vectors[0], atol=SAME))

    @property
    def embeddings(self) -> Embeddings:
        """Vectors of the texts."""
        assert self.pool.embeddings is not None
        return self.pool.embeddings


def choose_molecules() -> Loaded | None:
    """Let the reader choose a set; None, with a word of what to do, where it is not there yet."""
    with st.sidebar:
        source = draw_control(SOURCE)
        fields = (PAIRS, EMBEDDINGS) if source == "own" else ()
        own, vectors = (*(str(draw_control(field)).strip() for field in fields), "", "")[:2]
    if source == "sample":
        return _sample()
    path = _path(source, own)
    if path is None:
        return None
    try:
        return _built(MoleculeConfig(pairs=path, embeddings=vectors))
    except CoreError as error:
        explain_error(error)
        return None


def _path(source: str, own: str) -> str | None:
    """Name the table of a source, empty for the full set; None where it is not there yet."""
    if source == "own" and not own:
        st.markdown(
            ":gray[Name a table of molecules and descriptions in the sidebar. "
            "`sample_data/molecules/pairs.tsv` is one.]"
        )
        return None
    if source != "chebi20":
        return own
    if not is_fetched(CHEBI20_VALIDATION):
        _offer(CHEBI20_VALIDATION)
        return None
    return str(dataset_folder(CHEBI20_VALIDATION) / CHEBI20_VALIDATION.file("pairs").name)


@st.cache_resource(show_spinner=False)
def _sample() -> Loaded:
    explored = read_sample()
    return Loaded("sample", explored, search(explored))


def _built(config: MoleculeConfig) -> Loaded | None:
    """Give a set that has to be made once; the full one waits for a button."""
    key = _stamped(config)
    if key not in _ready():
        if not config.pairs and not _asked():
            return None
        bar = st.progress(0.0, "Reading molecules ...")
        try:
            load_pairs(config, progress=partial(_tell, bar))
            bar.progress(1.0, "Searching neighbours ...")
            loaded = _searched(key, config)
        finally:
            bar.empty()
        _ready().add(key)
        return loaded
    return _searched(key, config)


def _stamped(config: MoleculeConfig) -> str:
    """Name a set by its files and when they were written."""
    paths = [path for path in (config.pairs, config.embeddings) if path]
    return " ".join(f"{path} {Path(path).stat().st_mtime}" for path in paths) or "full"


@st.cache_resource(show_spinner=False, max_entries=3)
def _searched(key: str, _config: MoleculeConfig) -> Loaded:
    data = load_pairs(_config)
    explored = training_side(data)
    return Loaded(key, explored, search(explored), data.facts.get("left out", ""))


@st.cache_resource(show_spinner=False)
def _ready() -> set[str]:
    """Remember what was made since the server started, for all its readers."""
    return set()


def _tell(bar: Any, what: str, part: float) -> None:
    bar.progress(part, f"{what} ...")


def _asked() -> bool:
    """Offer to build the full set; tell whether the reader has just said yes."""
    place = st.empty()
    with place.container():
        st.markdown(
            "The 12,000 molecules of the component dictionary with their names, as a run has "
            "them: made in one to two minutes, then kept in the state folder."
        )
        asked = st.button(
            "Build the full set",
            key="build",
            type="primary",
            help="Reads the dictionary, clusters structures, embeds names.",
        )
    if asked:
        place.empty()
    return asked


def _offer(dataset: Dataset) -> None:
    """Say what a set of the catalogue is, with a button that fetches it."""
    st.markdown(f"**{dataset.title}.** {dataset.description}")
    st.markdown(f":gray[{dataset.size_text}; {dataset.licence}; {dataset.source}.]")
    if st.button(
        "Fetch",
        key=f"fetch-{dataset.name}",
        icon=":material/download:",
        type="primary",
        help="Kept below the state folder; the overview removes it.",
    ):
        fetch_shown(dataset)
