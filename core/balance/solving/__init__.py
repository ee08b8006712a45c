"""The parts of the weight solver: one stage, all stages together, and what cannot be met."""
