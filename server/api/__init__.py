"""What programs may hand in: deals and usage as JSON, with a token."""
