"""The diff of two versions of a page, block by block and word by word."""
