"""what became of each file: whether it is here, scanned, and forgotten by its provider"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None

NAMES = ('state', 'problem', 'source', 'proof', 'scanned_at', 'attempts', 'due_at')


def upgrade() -> None:
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.String(length=16), nullable=False, server_default='kept'))
        batch_op.add_column(sa.Column('problem', sa.String(length=300), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('source', sa.String(length=1000), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('proof', sa.String(length=500), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('scanned_at', UTCDateTime(), nullable=True))
        batch_op.add_column(sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('due_at', UTCDateTime(), nullable=True))
    waiting, left = sa.text("state = 'waiting'"), sa.text("source <> '' AND proof = ''")
    op.create_index('ix_attachment_waiting', 'attachment', ['id'], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index('ix_attachment_left', 'attachment', ['id'], sqlite_where=left, postgresql_where=left)


def downgrade() -> None:
    # What is not kept has no content: without its state it would look like an empty file.
    op.execute("DELETE FROM attachment WHERE state <> 'kept'")
    op.drop_index('ix_attachment_left', 'attachment')
    op.drop_index('ix_attachment_waiting', 'attachment')
    with op.batch_alter_table('attachment', schema=None) as batch_op:
        for name in NAMES:
            batch_op.drop_column(name)
