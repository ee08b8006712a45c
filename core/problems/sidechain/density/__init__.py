"""What a density still holds of residues: read back without a network."""
