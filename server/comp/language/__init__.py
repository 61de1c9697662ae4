"""The plan language: reading fields, units and ranges, and reporting what is wrong."""
