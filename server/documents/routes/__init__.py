"""Routes of the addresses, archiving and live events of documents."""
