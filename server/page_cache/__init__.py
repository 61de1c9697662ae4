"""Pages rendered once for everyone in a role, and the counters that invalidate them."""
