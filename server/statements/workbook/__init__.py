"""A statement as a workbook with live formulas, to check a figure without Townhall."""
