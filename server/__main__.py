"""`python -m server` is the `townhall` command."""

from server.cli import app

app()
