"""From what is due to what Slack has taken: schedules, the outbox and the sender.

What is due and what was sent live in the ledger alone. The scheduler only wakes; a process that is
killed at any instruction and started again goes on from what the ledger holds:

    due (pure) -> digests -> outbox (ledger) -> sender -> courier -> Poster (Slack)

Slack comes in as a `Poster` (see `bot.delivery.ports`), time, sleep and randomness as arguments.
"""
