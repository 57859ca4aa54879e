"""The schema's versions, run by Alembic from within the program; see `bot.ledger.db.migrate`."""
