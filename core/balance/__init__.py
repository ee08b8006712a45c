"""How much each named term drives the optimiser, and weights that hold a target."""
