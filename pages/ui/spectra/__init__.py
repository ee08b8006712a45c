"""The parts of the spectra page."""
