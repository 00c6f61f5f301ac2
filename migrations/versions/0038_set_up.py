"""Whether an Owner hid the set-up from Home. Accounts that exist have been set up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("set_up_hidden", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(sa.update(sa.table("account", sa.column("set_up_hidden"))).values(set_up_hidden=sa.true()))


def downgrade() -> None:
    op.drop_column("account", "set_up_hidden")
