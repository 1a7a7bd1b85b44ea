"""judging: from everything that was recorded of a step to its result, and whether it may be used."""
