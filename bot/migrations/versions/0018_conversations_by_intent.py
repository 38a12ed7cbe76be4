"""conversations by what was last asked: a queue narrowed to a kind reads those alone"""

from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_conversation_intent', 'conversation', ['last_intent', 'last_at'])


def downgrade() -> None:
    op.drop_index('ix_conversation_intent', 'conversation')
