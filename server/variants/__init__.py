"""Variants: candidates that reps propose, see on their own pay, argue for and publish beside the others."""
