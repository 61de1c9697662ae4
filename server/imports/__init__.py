"""Files from elsewhere: read, understood, shown before anything is written, and handed to the rooms' services."""
