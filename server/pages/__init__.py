"""Screens that join rooms; no tables and no writing here."""
