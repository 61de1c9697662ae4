"""A proposal or page as one file: all its versions and its discussion, written and read back without loss."""
