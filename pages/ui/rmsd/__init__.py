"""Parts of the page on per-atom RMSD."""
