"""When the pipeline runs, and in what order; each asset calls one function of `pipeline`."""
