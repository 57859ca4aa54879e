"""Use cases: one subject a file. Handlers, the command line and the clock call these.

A service takes plain values, asks the rooms below it, and gives plain values back; it knows no
Slack payload and no Block Kit.
"""
