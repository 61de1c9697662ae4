"""Who is told of what, in the application and by mail."""
