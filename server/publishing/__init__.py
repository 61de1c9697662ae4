"""Writing and bringing out versions: the editor, and all that happens across rooms when one comes out."""
