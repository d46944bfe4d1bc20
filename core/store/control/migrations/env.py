"""Run by Alembic: the steps run on the connection and in the transaction that `upgrade` has opened."""

from alembic import context

from core.store.control.report_tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
