"""The engine: reads plans, pays them and explains every cent; knows no web, no database and no clock."""

ENGINE_VERSION = 3
"""Raised whenever the same plan and history could give another figure; kept results name it."""
