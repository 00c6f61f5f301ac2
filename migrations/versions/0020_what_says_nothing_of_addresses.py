"""An order by name that says nothing of addresses, and which aliases are addresses or phone numbers themselves."""

from __future__ import annotations

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LAST = "\U0010ffff"
CONTACT = re.compile(r"\S@\S|(?:[+(]|(?:^|[\s:])0)\(?\d[\d\s()./-]{4,}\d|^\d[\d ()./x#-]*[ ()./-][\d ()./x#-]*\d$")


def upgrade() -> None:
    op.add_column("profile", sa.Column("name_key", TEXT, server_default="", nullable=False))
    op.add_column("alias", sa.Column("is_contact", sa.Boolean(), server_default=sa.false(), nullable=False))
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in ("profile", "alias") if on_postgresql else ():
        # The wall would hide every row; it stands again before this transaction ends.
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    keep_names()
    mark_contacts()
    for table in ("profile", "alias") if on_postgresql else ():
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.create_index("ix_profile_name_key", "profile", ["account_id", "name_key", "id"], unique=False)


def keep_names() -> None:
    """Who has a name is sorted by it, as before; who has none stands last."""
    kept = "UPDATE profile SET name_key = CASE WHEN first_name = '' AND last_name = '' THEN :last ELSE sort_name END"
    op.get_bind().execute(sa.text(kept), {"last": LAST})


def mark_contacts() -> None:
    """Mark the aliases that are an e-mail address or a phone number, as the app does."""
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, consumer_key FROM alias")).all()
    found = [{"id": id_} for id_, consumer_key in rows if says_contact(consumer_key)]
    if found:
        connection.execute(sa.text("UPDATE alias SET is_contact = true WHERE id = :id"), found)


def says_contact(consumer_key: str) -> bool:
    found = CONTACT.search(consumer_key)
    return found is not None and ("@" in found[0] or sum(c.isdigit() for c in found[0]) >= 7)


def downgrade() -> None:
    op.drop_index("ix_profile_name_key", table_name="profile")
    op.drop_column("alias", "is_contact")
    op.drop_column("profile", "name_key")
