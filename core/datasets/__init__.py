"""Catalogue of real data sets: address, size, licence and SHA-256; fetched on request."""
