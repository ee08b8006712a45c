"""Side chains drawn by diffusion, given the backbone and the residue type: the R3 baseline."""
