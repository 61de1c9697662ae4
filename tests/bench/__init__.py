"""Measurements: CPU time a request and ratios, never assertions of the test suite."""
