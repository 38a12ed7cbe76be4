"""an index of handled deliveries that still hold what was sent, by which purge finds the oldest"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    full = sa.text("state = 'handled' AND length(payload) > 0")
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_full', ['handled_at'], unique=False, sqlite_where=full, postgresql_where=full)


def downgrade() -> None:
    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_full')
