"""Loads the sample company through the same imports and services that people use."""
