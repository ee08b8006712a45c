"""Catalogue of real data sets: address, size, licence and checksum; fetched on request."""
