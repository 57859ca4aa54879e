"""Use cases, one subject a file, that handlers, the command line and the clock call.

A service takes plain values, asks the rooms below it, and gives plain values back, or puts messages
into the outbox; it knows no Slack payload.
"""
