"""messages whose words a provider is to forget, and an index of what was sent without a reported end"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'provider_copy',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('channel', sa.String(length=32), nullable=False),
        sa.Column('provider_id', sa.String(length=200), nullable=False),
        sa.Column('account', sa.String(length=64), nullable=False),
        sa.Column('sender', sa.String(length=320), nullable=False),
        sa.Column('state', sa.String(length=8), nullable=False),
        sa.Column('attempts', sa.Integer(), nullable=False),
        sa.Column('due_at', UTCDateTime(), nullable=False),
        sa.Column('proof', sa.String(length=300), nullable=False),
        sa.Column('error', sa.String(length=300), nullable=False),
        sa.Column('created_at', UTCDateTime(), nullable=False),
        sa.Column('done_at', UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_provider_copy')),
        sa.UniqueConstraint('channel', 'provider_id', name=op.f('uq_provider_copy_channel')),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index('ix_provider_copy_open', 'provider_copy', ['channel', 'id'], sqlite_where=waiting,
                    postgresql_where=waiting)
    sent = sa.text("state = 'sent'")
    op.create_index('ix_outbox_sent', 'outbox', ['sent_at'], sqlite_where=sent, postgresql_where=sent)


def downgrade() -> None:
    op.drop_index('ix_outbox_sent', 'outbox')
    op.drop_table('provider_copy')
