"""What admins run a company with: its settings, its people, the set-up checklist, and the audit log."""
