"""Accounts: signing in, passwords, the second factor, and the mail that goes with them."""
