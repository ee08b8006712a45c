"""Molecules and what is said of them: pairs, graphs, texts, contrastive training."""
