"""Representations: tensors to tensors; densities of points in spherical harmonics and back."""
