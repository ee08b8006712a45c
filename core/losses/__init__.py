"""Losses: pure functions on tensors, one value per example; the caller reduces."""
