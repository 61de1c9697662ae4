"""Statements of pay as CSV files and workbooks."""
