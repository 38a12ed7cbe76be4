"""until when the bot answers nothing more in a conversation whose sender wrote too much"""

import sqlalchemy as sa
from alembic import op

from bot.db import UTCDateTime

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('conversation', sa.Column('quiet_until', UTCDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.drop_column('quiet_until')
