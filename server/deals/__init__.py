"""Customers, products, deals, who is credited for them, and how customers use what they bought."""
