"""Parts of the page cosine_mse."""
