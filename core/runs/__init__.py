"""Run folders, the truth about runs: writing, reading, the index, launching, and the queue."""

from core.runs.logger import Run

__all__ = ["Run"]
