"""Columns of the tables of packed models: widths that fit the screen, and what each means."""

from typing import Final

import streamlit as st

COLUMNS: Final = {
    "Model": st.column_config.TextColumn(width=146, pinned=True),
    "Recovery %": st.column_config.NumberColumn(
        help="Residues that have the type of the backbone's file.", format="%.1f", width=76),
    "Clash score": st.column_config.NumberColumn(
        help="Pairs of heavy atoms that overlap by 0.4 Å or more, of 1,000 atoms; without "
        "hydrogens, so not MolProbity's value.", format="%.1f", width=78),
    "χ1 error °": st.column_config.NumberColumn(
        help="Mean absolute error, of residues of the same type whose side chain the backbone's "
        "file has.", format="%.1f", width=70),
    "Rotamers %": st.column_config.NumberColumn(
        help="Residues of the same type with all χ within 20° of the backbone's file.",
        format="%.1f", width=80),
    "Bond error Å": st.column_config.NumberColumn(
        help="Mean absolute difference from ideal lengths; of real residues 0.02 Å or less.",
        format="%.3f", width=86),
    "Flat rings %": st.column_config.NumberColumn(
        help="Rings with every atom within 0.05 Å of their best plane.", format="%.1f", width=80),
    "Least flat": st.column_config.TextColumn(width=110, help="The worst kind of ring."),
    "Backbone RMSD Å": st.column_config.NumberColumn(
        "RMSD Å", help="N, CA, C and O of matched residues, all chains superposed together.",
        format="%.2f", width=66),
    "Missing residues": st.column_config.NumberColumn(
        "Residues lost", help="Residues of the backbone that the model lacks.", width=90),
    "Missing atoms": st.column_config.NumberColumn(
        "Atoms lost", help="Atoms that the residues of the model lack.", width=78),
}  # fmt: skip
SEQUENCE_COLUMNS: Final = {
    "Model": st.column_config.TextColumn(width=170, pinned=True),
    "Sequence of the FASTA": st.column_config.TextColumn(width=200),
    "Found by": st.column_config.TextColumn(width=150),
    "Letters alike": st.column_config.TextColumn(
        help="Letters of the model that are those of its sequence, of those compared; behind it "
        "how many the sequence has.", width=110),
    "Header %": st.column_config.NumberColumn(
        help="Recovery as the header of the FASTA tells it.", format="%.2f", width=80),
    "By letters %": st.column_config.NumberColumn(
        help="The same, counted again from the letters of the FASTA.", format="%.2f", width=90),
    "Header is right": st.column_config.TextColumn(
        help="Whether the two agree as rounded. Residues that were kept fixed count in ours where "
        "the FASTA does not tell their number.", width=110),
}  # fmt: skip
