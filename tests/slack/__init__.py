"""Plain answers to Block Kit."""
