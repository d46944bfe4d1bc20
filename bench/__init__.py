"""Benchmarks: how long the product takes, beside the floor of the parts it is made of."""
