"""Peptide sequencing from tandem mass spectra."""
