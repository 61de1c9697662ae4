"""Live updates of open pages: only names are sent, and each browser fetches the fragment under its own permissions."""
