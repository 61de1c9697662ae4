"""The pay engine: reads plans, pays them and explains every cent, without web, database or clock."""

ENGINE_VERSION = 3
"""Raise this when the same plan and history may give other figures; stored results record it."""
