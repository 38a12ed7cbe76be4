"""long texts that go as several messages, and an index of what their provider is still to report on"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None

FOLLOWED = sa.text("state = 'sent' AND channel = 'sms' AND provider_state <> 'unconfirmed'")


def upgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('part', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('parts', sa.Integer(), nullable=False, server_default='1'))
    op.create_index(
        'ix_outbox_followed', 'outbox', ['sent_at'], sqlite_where=FOLLOWED, postgresql_where=FOLLOWED
    )


def downgrade() -> None:
    op.drop_index('ix_outbox_followed', 'outbox')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_column('parts')
        batch_op.drop_column('part')
