"""Parts of the page on hard negatives."""
