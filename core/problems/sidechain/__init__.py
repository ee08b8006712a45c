"""Side chains: atoms, structures and local frames, density, decoder and diffusion baseline."""
