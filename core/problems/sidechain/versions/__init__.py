"""Versions of a model side by side, atom by atom: reported tables, runs, uploaded predictions."""
