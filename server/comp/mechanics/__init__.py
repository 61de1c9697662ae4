"""The rules of pay, one per module."""
