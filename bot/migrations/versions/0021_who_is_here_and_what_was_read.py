"""what was read in a conversation, by staff and by its customer; a colleague's picture"""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ('read_seq', 'seen_seq'):
        op.add_column('conversation', sa.Column(name, sa.Integer(), nullable=False, server_default='0'))
    op.add_column('staff', sa.Column('picture', sa.LargeBinary(), nullable=True))
    op.add_column('staff', sa.Column('picture_type', sa.String(16), nullable=False, server_default=''))
    op.add_column('staff', sa.Column('picture_hash', sa.String(64), nullable=False, server_default=''))
    op.create_index('ix_staff_picture_hash', 'staff', ['picture_hash'])


def downgrade() -> None:
    op.drop_index('ix_staff_picture_hash', 'staff')
    for name in ('picture_hash', 'picture_type', 'picture'):
        op.drop_column('staff', name)
    for name in ('seen_seq', 'read_seq'):
        op.drop_column('conversation', name)
