"""The program that Alembic runs for every command: the migrations, on a given connection."""

from alembic import context

from bot.ledger.db.tables import is_compared, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=is_compared,
    # SQLite changes a column by copying the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
