"""Slack's Web API: posting and finding messages, people, files, and its errors as ours."""
