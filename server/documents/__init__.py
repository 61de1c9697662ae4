"""Redesigns, their proposals, the immutable versions of each, drafts, candidates, and the plan in force."""
