"""Addresses, archiving and live events of proposals and pages."""
