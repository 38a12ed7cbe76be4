"""questions to learn from: what staff think of answers, and which questions are settled"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    unanswered = sa.text(
        "direction = 'in' AND (outcome IN ('silent', 'silent_again') OR"
        " (outcome IN ('handed_over', 'off_topic') AND intent = 'question'))"
    )
    unhelpful = sa.text("(helpful = false OR judged = 'wrong')")
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('judged', sa.String(length=8), nullable=False, server_default=''))
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.create_index('ix_message_unanswered', ['id'], unique=False, sqlite_where=unanswered, postgresql_where=unanswered)
        batch_op.create_index('ix_message_unhelpful', ['conversation_id', 'seq'], unique=False, sqlite_where=unhelpful, postgresql_where=unhelpful)
    op.create_table('settled_question',
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('origin_id', sa.Integer(), nullable=True),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], ),
    sa.PrimaryKeyConstraint('message_id')
    )


def downgrade() -> None:
    op.drop_table('settled_question')
    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_index('ix_message_unhelpful')
        batch_op.drop_index('ix_message_unanswered')
        batch_op.drop_column('judged')
