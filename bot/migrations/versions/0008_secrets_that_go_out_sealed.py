"""secrets that go out: sealed in the outbox for as long as they wait"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('secret', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('secret_until', bot.db.UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_column('secret_until')
        batch_op.drop_column('secret')
