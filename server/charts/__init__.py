"""Where the marks of a chart lie; templates only draw them."""
