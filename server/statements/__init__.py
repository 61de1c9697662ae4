"""Statements of pay as CSV and as a workbook."""
