"""The plan editor: a plan as a form, the library of plans and terms that it offers, and the plans in force."""
