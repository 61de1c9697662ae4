"""The vectorized engine: pays many people under many plans at once, over arrays."""
