"""Pulse votes on the candidates of a version."""
