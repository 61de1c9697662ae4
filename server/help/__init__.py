"""Help inside Townhall: the guides of `docs/`, rendered like any other page and searchable."""
