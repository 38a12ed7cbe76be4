"""when jobs last ran"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('scheduled_run',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('ran_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('failed_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('error', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('name')
    )


def downgrade() -> None:
    op.drop_table('scheduled_run')
