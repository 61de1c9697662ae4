"""Alembic's room: how the tables came to their present shape."""
