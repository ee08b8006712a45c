"""Binding pockets and the embedding of the ligand that fits: complexes, molecules, vocabulary."""
