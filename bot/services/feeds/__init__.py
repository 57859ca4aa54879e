"""The feed list: edited, shown, previewed, imported and exported, and what admins hear of it."""
