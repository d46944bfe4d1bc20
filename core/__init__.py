"""What the words mean: everything the pipeline and the API must agree on, and nothing else. No framework."""
