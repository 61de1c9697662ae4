"""Running the server: backups that are proved by restoring them, and checks of the installation."""
