"""erasures of persons, and knowledge versions out of which words were taken"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    still_open = sa.text("state IN ('requested', 'confirmed', 'running')")
    op.create_table('erasure_run',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('contacts', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('problem', sa.String(length=500), nullable=False),
    sa.Column('requested_by', sa.Integer(), nullable=True),
    sa.Column('requested_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('outbox_id', sa.Integer(), nullable=True),
    sa.Column('started_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('finished_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('removed', sa.JSON(), nullable=False),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.Column('lessons', sa.JSON(), nullable=False),
    sa.Column('vacuumed', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], ),
    sa.ForeignKeyConstraint(['requested_by'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['confirmed_by'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('erasure_run', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_erasure_run_ticket_id'), ['ticket_id'], unique=False)
        batch_op.create_index('ix_erasure_run_contact', ['contact_id'], unique=False)
        batch_op.create_index('ix_erasure_run_open', ['id'], unique=False, sqlite_where=still_open, postgresql_where=still_open)
    with op.batch_alter_table('knowledge_version', schema=None) as batch_op:
        batch_op.add_column(sa.Column('erased_at', bot.db.UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('knowledge_version', schema=None) as batch_op:
        batch_op.drop_column('erased_at')
    op.drop_table('erasure_run')
