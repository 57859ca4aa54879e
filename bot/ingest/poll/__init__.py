"""Poll."""
