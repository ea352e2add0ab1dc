"""Seeds: the region data of the whole country and the demo family."""
