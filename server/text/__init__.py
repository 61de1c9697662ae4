"""Texts people write: markdown turned into safe HTML, and the parts a proposal is made of; pure."""
