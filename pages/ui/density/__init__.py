"""Parts of the page on what a density can hold."""
