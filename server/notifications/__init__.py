"""Notices in the application, by e-mail and in a team's chat."""
