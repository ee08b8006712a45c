"""How good predicted side chains are: RMSD with intervals, baselines, torsions, geometry, types."""
