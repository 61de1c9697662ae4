"""What every screen needs: templates, languages, forms' safety, headers, static files and pages for failures."""
