"""From what is due to what Slack has taken: digests, the outbox and the worker.

What is due and what was sent live in the ledger alone, so a process that is killed at any
instruction and started again goes on from there:

    due (pure) -> digests -> outbox (ledger) -> worker -> Poster (Slack)

Slack comes in as a `Poster` (see `bot.delivery.ports`), time, sleep and randomness as arguments.
"""
