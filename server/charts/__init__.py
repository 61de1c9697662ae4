"""Positions of the marks of charts, in pixels; templates only render them."""
