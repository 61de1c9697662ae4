"""Live updates of open pages: only names are sent; each browser fetches the fragment with its permissions."""
