"""The parts of the loss balance page."""
