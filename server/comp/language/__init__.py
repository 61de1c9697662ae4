"""The plan language: reads fields, units and ranges, and reports what is wrong with them."""
