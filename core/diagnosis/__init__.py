"""Findings: what goes wrong in a run and why, each with its evidence and what to do."""
