"""Claims of the notes as data, recomputed and judged."""
