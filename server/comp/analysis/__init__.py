"""Analyses of plans: descriptions, differences, warnings, payout curves and samples."""
