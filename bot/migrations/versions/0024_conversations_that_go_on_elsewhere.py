"""conversations that go on elsewhere"""

import sqlalchemy as sa
from alembic import op

import bot.db

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'continuation',
        sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
        sa.Column('conversation_id', sa.Integer(), nullable=False),
        sa.Column('to_id', sa.Integer(), nullable=False),
        sa.Column('how', sa.String(length=8), nullable=False),
        sa.Column('tickets', sa.JSON(), nullable=False),
        sa.Column('told_seq', sa.Integer(), nullable=False),
        sa.Column('by_whom', sa.String(length=80), nullable=False),
        sa.Column('at', bot.db.UTCDateTime(), nullable=False),
        sa.Column('ended_at', bot.db.UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], name=op.f('fk_continuation_conversation_id_conversation')),
        sa.ForeignKeyConstraint(['to_id'], ['conversation.id'], name=op.f('fk_continuation_to_id_conversation')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_continuation')),
    )
    op.create_index(op.f('ix_continuation_conversation_id'), 'continuation', ['conversation_id'])
    op.create_index(op.f('ix_continuation_to_id'), 'continuation', ['to_id'])


def downgrade() -> None:
    op.drop_index(op.f('ix_continuation_to_id'), 'continuation')
    op.drop_index(op.f('ix_continuation_conversation_id'), 'continuation')
    op.drop_table('continuation')
