"""What changed between two texts of a page, block by block and word by word, as a person would tell it."""
