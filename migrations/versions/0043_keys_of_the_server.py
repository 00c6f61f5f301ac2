"""Which SECRET_KEY the database is used with, and under which one each authenticator app was made."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

APPS = sa.table("authenticator", sa.column("key_name", sa.Text()))


def upgrade() -> None:
    keys = op.create_table(
        "server_key",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("authenticator", sa.Column("key_name", sa.Text(), nullable=True))
    # A name is derived from the key, which only the app knows.
    from models.secrets import names_of_keys

    # What is there was made under the previous key, if the key is changed together with the version.
    name = names_of_keys()[-1]
    op.bulk_insert(keys, [{"name": name, "since": datetime.now(UTC)}])
    op.execute(sa.update(APPS).values(key_name=name))


def downgrade() -> None:
    op.drop_column("authenticator", "key_name")
    op.drop_table("server_key")
