"""Answers as messages: `mrkdwn` makes foreign text safe, `blocks` counts and splits."""
