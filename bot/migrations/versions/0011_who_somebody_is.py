"""who somebody is: one-time codes, proofs, links between contacts, and how far a request's check has come"""

import bot.db
import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('contact_link',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.Column('how', sa.String(length=16), nullable=False),
    sa.Column('by_whom', sa.String(length=80), nullable=False),
    sa.Column('at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('ended_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['other_id'], ['contact.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('contact_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contact_link_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_contact_link_other_id'), ['other_id'], unique=False)

    op.create_table('identity_check',
    sa.Column('ticket_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('conversation_id', sa.Integer(), nullable=False),
    sa.Column('address_id', sa.Integer(), nullable=True),
    sa.Column('stage', sa.String(length=8), nullable=False),
    sa.Column('reasonable', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=24), nullable=False),
    sa.Column('by_whom', sa.String(length=80), nullable=False),
    sa.Column('asked_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('claim', sa.LargeBinary(), nullable=True),
    sa.Column('claimed_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('agreed', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['address_id'], ['contact_address.id'], ),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], ),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], ),
    sa.PrimaryKeyConstraint('ticket_id')
    )
    with op.batch_alter_table('identity_check', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_identity_check_conversation_id'), ['conversation_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_identity_check_stage'), ['stage'], unique=False)

    op.create_table('one_time_code',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('purpose', sa.String(length=16), nullable=False),
    sa.Column('asker_id', sa.Integer(), nullable=False),
    sa.Column('address_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('conversation_id', sa.Integer(), nullable=True),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('salt', sa.String(length=32), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('issued_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['address_id'], ['contact_address.id'], ),
    sa.ForeignKeyConstraint(['asker_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['conversation_id'], ['conversation.id'], ),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('one_time_code', schema=None) as batch_op:
        batch_op.create_index('ix_one_time_code_address', ['address_id', 'issued_at'], unique=False)
        batch_op.create_index('ix_one_time_code_asker', ['asker_id', 'issued_at'], unique=False)
        batch_op.create_index('ix_one_time_code_conversation', ['conversation_id', 'issued_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_one_time_code_ticket_id'), ['ticket_id'], unique=False)

    op.create_table('proof',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('address_id', sa.Integer(), nullable=True),
    sa.Column('ticket_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('tier', sa.Integer(), nullable=False),
    sa.Column('by_whom', sa.String(length=80), nullable=False),
    sa.Column('evidence', sa.JSON(), nullable=False),
    sa.Column('at', bot.db.UTCDateTime(timezone=True), nullable=False),
    sa.Column('valid_until', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', bot.db.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['address_id'], ['contact_address.id'], ),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], ),
    sa.ForeignKeyConstraint(['ticket_id'], ['ticket.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('proof', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_proof_address_id'), ['address_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proof_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_proof_ticket_id'), ['ticket_id'], unique=False)

    with op.batch_alter_table('contact_address', schema=None) as batch_op:
        batch_op.add_column(sa.Column('shared', sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table('contact_address', schema=None) as batch_op:
        batch_op.drop_column('shared')

    with op.batch_alter_table('proof', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_proof_ticket_id'))
        batch_op.drop_index(batch_op.f('ix_proof_contact_id'))
        batch_op.drop_index(batch_op.f('ix_proof_address_id'))

    op.drop_table('proof')
    with op.batch_alter_table('one_time_code', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_one_time_code_ticket_id'))
        batch_op.drop_index('ix_one_time_code_conversation')
        batch_op.drop_index('ix_one_time_code_asker')
        batch_op.drop_index('ix_one_time_code_address')

    op.drop_table('one_time_code')
    with op.batch_alter_table('identity_check', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_identity_check_stage'))
        batch_op.drop_index(batch_op.f('ix_identity_check_conversation_id'))

    op.drop_table('identity_check')
    with op.batch_alter_table('contact_link', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contact_link_other_id'))
        batch_op.drop_index(batch_op.f('ix_contact_link_contact_id'))

    op.drop_table('contact_link')
