"""Imports of CSV files: read, parsed, previewed, then written through the services of other packages."""
