"""Samplers: which examples stand together in a batch; indices only, no tensors, no model."""
