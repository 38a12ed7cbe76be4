"""the states of a data-rights request, how surely its customer is known, and what it waits for"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None

COLUMNS = (
    ('internal_due_on', sa.Date(), None),
    ('notice_limit_on', sa.Date(), None),
    ('extended', sa.Boolean(), sa.false()),
    ('identity_tier', sa.Integer(), '0'),
    ('needed_tier', sa.Integer(), '0'),
    ('agent_kind', sa.String(length=24), ''),
    ('agent_for', sa.String(length=200), ''),
    ('agent_for_adult', sa.Boolean(), sa.false()),
    ('waits_for_id', sa.Integer(), None),
    ('merged_into_id', sa.Integer(), None),
    ('about_id', sa.Integer(), None),
    ('reviewed_by', sa.Integer(), None),
    ('released_by', sa.Integer(), None),
    ('refusal_reason', sa.String(length=500), ''),
    ('acknowledged_at', bot.db.UTCDateTime(timezone=True), None),
    ('wrote_again_at', bot.db.UTCDateTime(timezone=True), None),
)
KEYS = (
    ('fk_ticket_waits', 'waits_for_id', 'ticket'),
    ('fk_ticket_merged', 'merged_into_id', 'ticket'),
    ('fk_ticket_about', 'about_id', 'ticket'),
    ('fk_ticket_reviewer', 'reviewed_by', 'staff'),
    ('fk_ticket_releaser', 'released_by', 'staff'),
)
ONLY = (('ix_ticket_waits', 'waits_for_id'), ('ix_ticket_merged', 'merged_into_id'))

# A suspected request was asked about and answered like any other; what stays is that somebody must decide it first.
FORWARD = """
UPDATE ticket SET
  state = CASE
    WHEN certainty = 'not_request' AND state = 'closed' THEN 'not_request'
    WHEN state = 'closed' THEN 'closed'
    WHEN certainty = 'suspected' THEN 'suspected'
    WHEN state = 'waiting' THEN 'awaiting_clarification'
    WHEN state = 'answered' THEN 'answered'
    ELSE 'received'
  END,
  needed_tier = CASE
    WHEN kind IN ('access', 'portability', 'erasure') THEN 2
    WHEN kind IN ('rectification', 'restriction', 'objection') THEN 1
    ELSE 0
  END
"""
BACK = """
UPDATE ticket SET
  certainty = CASE state WHEN 'suspected' THEN 'suspected' WHEN 'not_request' THEN 'not_request' ELSE 'received' END,
  state = CASE
    WHEN state IN ('closed', 'not_request', 'closed_unverified', 'refused', 'partly_refused', 'withdrawn', 'merged')
      THEN 'closed'
    WHEN state IN ('answered', 'delivered') THEN 'answered'
    WHEN state LIKE 'awaiting%' AND assignee_id IS NOT NULL THEN 'waiting'
    WHEN assignee_id IS NOT NULL THEN 'assigned'
    ELSE 'open'
  END
"""


def upgrade() -> None:
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        for name, kind, default in COLUMNS:
            batch_op.add_column(sa.Column(name, kind, nullable=default is None, server_default=default))
        batch_op.alter_column('state', existing_type=sa.String(length=16), type_=sa.String(length=24))
        for key, column, table in KEYS:
            batch_op.create_foreign_key(key, table, [column], ['id'])
    op.execute(FORWARD)
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.drop_column('certainty')
        for name, column in ONLY:
            where = sa.text(f'{column} IS NOT NULL')
            batch_op.create_index(name, [column], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('certainty', sa.String(length=16), nullable=False, server_default='received')
        )
        for name, _ in ONLY:
            batch_op.drop_index(name)
    op.execute(BACK)
    with op.batch_alter_table('ticket', schema=None) as batch_op:
        for key, _, _ in KEYS:
            batch_op.drop_constraint(key, type_='foreignkey')
        batch_op.alter_column('state', existing_type=sa.String(length=24), type_=sa.String(length=16))
        for name, _, _ in reversed(COLUMNS):
            batch_op.drop_column(name)
