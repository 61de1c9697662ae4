"""Deals, their customers, products and credits, and product usage."""
