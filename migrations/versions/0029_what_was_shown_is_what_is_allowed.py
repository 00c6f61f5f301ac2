"""What an app was called when it was allowed, and what the consent page showed to whom."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

connection = sa.table("connection", sa.column("client_id", sa.Uuid), sa.column("app_name", sa.Text))
client = sa.table("client", sa.column("id", sa.Uuid), sa.column("name", sa.Text))
consent_request = sa.table("consent_request")


def upgrade() -> None:
    op.add_column("connection", sa.Column("app_name", sa.Text(), nullable=False, server_default=""))
    # What it is called now is all that is known of apps that were allowed before.
    called = sa.select(client.c.name).where(client.c.id == connection.c.client_id).scalar_subquery()
    op.execute(sa.update(connection).values(app_name=called))
    # Nobody recorded what open pages show. They would be over in ten minutes.
    op.execute(sa.delete(consent_request))
    with op.batch_alter_table("consent_request") as table:
        table.add_column(sa.Column("member_id", sa.Uuid(), nullable=False))
        table.add_column(sa.Column("offered", sa.Text(), nullable=False))
        table.add_column(sa.Column("app_name", sa.Text(), nullable=False))
        table.create_foreign_key(
            op.f("fk_consent_request_member_id"), "member", ["member_id"], ["id"], ondelete="CASCADE"
        )


def downgrade() -> None:
    op.execute(sa.delete(consent_request))
    with op.batch_alter_table("consent_request") as table:
        table.drop_constraint(op.f("fk_consent_request_member_id"), type_="foreignkey")
        table.drop_column("app_name")
        table.drop_column("offered")
        table.drop_column("member_id")
    op.drop_column("connection", "app_name")
