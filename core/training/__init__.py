"""Training in one straight loop that yields events: curriculum, options, checkpoints."""
