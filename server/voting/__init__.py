"""Pulse votes on candidates, bound to the version they were given on."""
