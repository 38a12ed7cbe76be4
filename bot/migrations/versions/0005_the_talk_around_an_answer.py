"""what a conversation stands on, for follow-ups and choices, and whether an answer helped"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('question', sa.String(length=500), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('offered', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('failures', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('answers', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('asked_helpful', sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('helpful', sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_column('helpful')
    with op.batch_alter_table('conversation', schema=None) as batch_op:
        for name in ('asked_helpful', 'answers', 'failures', 'offered', 'question'):
            batch_op.drop_column(name)
