"""Townhall: where a company's sales reps help redesign the plan that pays them."""

__version__ = "0.1.0"
