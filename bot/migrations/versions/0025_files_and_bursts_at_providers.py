"""files that a provider is to forget beyond their person's erasure, and an index of what goes out in an hour"""

import sqlalchemy as sa
from alembic import op

revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('provider_copy', sa.Column('what', sa.String(length=8), nullable=False, server_default='words'))
    op.create_index('ix_outbox_hour', 'outbox', ['channel', 'created_at'])


def downgrade() -> None:
    op.drop_index('ix_outbox_hour', 'outbox')
    with op.batch_alter_table('provider_copy', schema=None) as batch_op:
        batch_op.drop_column('what')
