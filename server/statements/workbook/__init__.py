"""A statement as a workbook whose formulas a spreadsheet works out anew, to check a figure without Townhall."""
