"""links to packages, and who opened them"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('package_link',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('ticket_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('sent_to_id', sa.Integer(), nullable=False),
    sa.Column('code_to_id', sa.Integer(), nullable=True),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('created_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('ended_why', sa.String(length=16), nullable=False),
    sa.Column('openings', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['code_to_id'], ['contact_address.id'], ),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['made_by'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['package_id'], ['package.id'], ),
    sa.ForeignKeyConstraint(['sent_to_id'], ['contact_address.id'], ),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    with op.batch_alter_table('package_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_package_link_package_id'), ['package_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_package_link_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('package_access',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('what', sa.String(length=16), nullable=False),
    sa.Column('client', sa.String(length=32), nullable=False),
    sa.Column('outcome', sa.String(length=24), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['link_id'], ['package_link.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('package_access', schema=None) as batch_op:
        batch_op.create_index('ix_package_access_link', ['link_id', 'what', 'at'], unique=False)

    op.create_table('package_call',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('by_id', sa.Integer(), nullable=False),
    sa.Column('made_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('digest', sa.String(length=32), nullable=False),
    sa.Column('salt', sa.String(length=16), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('used', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['by_id'], ['staff.id'], ),
    sa.ForeignKeyConstraint(['link_id'], ['package_link.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('package_call', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_package_call_link_id'), ['link_id'], unique=False)

    op.create_table('package_opening',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('key_hash', sa.String(length=32), nullable=False),
    sa.Column('client', sa.String(length=32), nullable=False),
    sa.Column('opened_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('seen_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('ended_why', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['package_link.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key_hash')
    )
    with op.batch_alter_table('package_opening', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_package_opening_link_id'), ['link_id'], unique=False)


def downgrade() -> None:

    with op.batch_alter_table('package_opening', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_package_opening_link_id'))

    op.drop_table('package_opening')
    with op.batch_alter_table('package_call', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_package_call_link_id'))

    op.drop_table('package_call')
    with op.batch_alter_table('package_access', schema=None) as batch_op:
        batch_op.drop_index('ix_package_access_link')

    op.drop_table('package_access')
    with op.batch_alter_table('package_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_package_link_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_package_link_package_id'))

    op.drop_table('package_link')
