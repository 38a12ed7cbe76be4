"""when a request was settled, and indexes that the reports count by"""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None

SETTLED = (
    "'delivered', 'answered', 'closed', 'not_request', 'closed_unverified', 'refused', 'partly_refused', "
    "'withdrawn', 'merged'"
)


def upgrade() -> None:
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.add_column(sa.Column('settled_on', sa.Date(), nullable=True))
    # The day in UTC is the nearest that is known of what was settled before the desk kept it.
    op.execute(f"UPDATE ticket SET settled_on = date(coalesce(closed_at, updated_at)) WHERE state IN ({SETTLED})")
    op.create_index('ix_ticket_received', 'ticket', ['received_at', 'kind', 'state', 'conversation_id'])
    op.create_index('ix_ticket_settled', 'ticket', ['settled_on', 'kind', 'state', 'due_on', 'received_at'])
    op.create_index('ix_ticket_event_type', 'ticket_event', ['type', 'at', 'ticket_id'])


def downgrade() -> None:
    op.drop_index('ix_ticket_event_type', 'ticket_event')
    op.drop_index('ix_ticket_settled', 'ticket')
    op.drop_index('ix_ticket_received', 'ticket')
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_column('settled_on')
