"""Run folders, the truth about runs: writing, reading, the index, launching, and the queue."""
