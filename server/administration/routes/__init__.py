"""Routes of the pages for admins."""
