"""What somebody else's trainer tells, while it tells it: files that grow, and trainers' loggers."""
