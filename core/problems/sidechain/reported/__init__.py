"""What the note reports of side chains, as data, and whether it agrees with itself."""
