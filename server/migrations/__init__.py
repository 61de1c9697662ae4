"""Alembic migrations: every change to the tables, in order."""
