"""What a training run follows: the curriculum and its stages."""
