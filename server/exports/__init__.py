"""Exports of a company's data as tables that imports read."""
