"""One file a step, each with the revision that it follows."""
