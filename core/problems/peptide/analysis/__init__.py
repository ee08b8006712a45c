"""What a spectrum loss can and cannot see: computations behind the spectra page."""
