"""Routes of uploads and their previews, and of the imports that were written."""
