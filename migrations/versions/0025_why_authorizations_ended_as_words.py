"""Why authorizations ended, as words and no longer as sentences."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

WORDS = {
    "connection revoked": "revoked",
    "given back by the app": "given_back",
    "revoked by the app": "revoked_by_app",
    "its code was used twice": "code_reused",
    "its refresh token was used twice": "token_reused",
    "its last day was over": "end_date",
    "its member is no longer in the account": "end_member",
}
authorization = sa.table("authorization", sa.column("end_reason", sa.Text))
message = sa.table(
    "message", sa.column("id", sa.Uuid), sa.column("kind", sa.Text), sa.column("facts", sa.JSON)
)  # fmt: skip


def upgrade() -> None:
    put(WORDS)


def downgrade() -> None:
    put({word: sentence for sentence, word in WORDS.items()})


def put(instead: Mapping[str, str]) -> None:
    connection = op.get_bind()
    for old, new in instead.items():
        connection.execute(
            sa.update(authorization).where(authorization.c.end_reason == old).values(end_reason=new)
        )  # fmt: skip
    # Mail that waits says which of the two it was.
    told = sa.select(message.c.id, message.c.facts).where(message.c.kind == "app_cut_off")
    for row in connection.execute(told).all():
        if row.facts.get("reason") in instead:
            facts = row.facts | {"reason": instead[row.facts["reason"]]}
            connection.execute(sa.update(message).where(message.c.id == row.id).values(facts=facts))
