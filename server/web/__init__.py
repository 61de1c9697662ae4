"""What every page needs: templates, languages, forms, security headers, static files and error pages."""
