"""Molecules: the component dictionary, how they are built, described, and kept together."""
