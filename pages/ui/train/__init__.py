"""Parts of the page train: the form, the buttons, and what is read of a run."""
