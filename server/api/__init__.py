"""The API through which programs send deals and usage as JSON, and its tokens."""
