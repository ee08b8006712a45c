"""Files of spectra and labels: one module a format; a bad spectrum costs itself only."""
