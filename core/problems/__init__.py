"""One folder a training problem: the place that knows what a residue or an atom is."""
