"""The library of plans and terms that the plan editor offers."""
