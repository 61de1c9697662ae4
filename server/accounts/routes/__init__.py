"""Routes of accounts: signing in and out, passwords, the second factor, and the demo's sample people."""
