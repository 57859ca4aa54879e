"""What users do in the workspace, and what Slack then sends to the app."""
