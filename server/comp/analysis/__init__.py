"""What can be said about a plan: descriptions, differences, warnings, payout curves, samples."""
