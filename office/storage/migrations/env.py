"""Alembic's entry: runs the migrations on the connection that `office.storage.database` hands over."""

from alembic import context

from office.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
