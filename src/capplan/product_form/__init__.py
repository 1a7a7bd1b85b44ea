"""Networks of the product form: each source as one chain, its normalizing constants, and what an arrival finds."""
