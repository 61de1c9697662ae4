"""Tells open pages what has changed: names only, so that each browser fetches the part again and is asked who it is."""
