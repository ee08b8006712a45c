"""Reported tables as data: read from CSV, kept, and checked against themselves."""
