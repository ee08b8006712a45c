"""A report: chosen runs, figures, tables, claims and text as one file that needs no network."""
