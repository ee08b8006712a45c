"""What other trainers wrote, read as the events of a run: one module a format."""
