"""A plan as a form: its fields, its library of templates, and its preview."""
