"""What Alembic runs for every command: the migrations, on the connection it was given."""

from alembic import context

from bot.ledger.db.tables import metadata
from bot.ledger.migrations.compared import compared

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=compared,
    # SQLite changes a column by copying the table.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
