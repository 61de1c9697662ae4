"""Variants: plans that reps derive from a candidate, preview on their own pay, publish and discuss."""
