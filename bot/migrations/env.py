"""Alembic's entry: runs over the connection that `upgrade` hands in."""

from alembic import context

from bot.db import Base
from bot.models import AuditEntry

assert AuditEntry.metadata is Base.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    user_module_prefix="bot.db.",
)
with context.begin_transaction():
    context.run_migrations()
