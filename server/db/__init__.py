"""The database: engine, sessions, column types and migrations, for SQLite and PostgreSQL."""
