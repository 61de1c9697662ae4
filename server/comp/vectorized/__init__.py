"""The array engine: pays many people under many plans at once."""
