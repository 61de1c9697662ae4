"""What every page needs: templates, languages, form tokens, security headers, static files and error pages."""
