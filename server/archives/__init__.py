"""Archives: a proposal or page with its versions and comments as one zip file, to export and import."""
