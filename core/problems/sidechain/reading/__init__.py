"""Side chains out of files: structures, arrays, and which residues of two are the same."""
