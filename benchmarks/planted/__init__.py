"""Runs with planted faults, simulated and really trained: what the rules of diagnosis must find."""
