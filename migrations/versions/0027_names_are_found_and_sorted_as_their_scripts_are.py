"""Names are found by words as their scripts have them, and sorted by the Unicode Collation Algorithm."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

# What is kept here must be what the app that runs looks for, so it is made by that app, whichever version brings it up to date.
from models.profiles import search_columns
from models.text import sort_key

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

AT_ONCE = 1_000
NAMELESS = "\U0010ffff"
WORD = re.compile(r"[^\W_]+")
WALLED = ("profile", "profile_word", "tag")
log = logging.getLogger("alembic.runtime.migration")

profile = sa.table(
    "profile",
    sa.column("id", sa.Uuid),
    *map(sa.column, ("first_name", "last_name", "email", "sort_name", "name_key", "name_text", "search_text")),
)
tag = sa.table("tag", sa.column("id", sa.Uuid), sa.column("label"), sa.column("sort_label"))


def upgrade() -> None:
    sorted_text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.add_column("tag", sa.Column("sort_label", sorted_text, server_default="", nullable=False))
    make_anew(search_columns)
    connection = op.get_bind()
    labels = [
        {"this": id_, "key": sort_key(label)} for id_, label in connection.execute(sa.select(tag.c.id, tag.c.label))
    ]
    if labels:
        write = sa.update(tag).where(tag.c.id == sa.bindparam("this")).values(sort_label=sa.bindparam("key"))
        connection.execute(write, labels)
    wall(stands=True)


def downgrade() -> None:
    make_anew(columns_before)
    wall(stands=True)
    op.drop_column("tag", "sort_label")


def make_anew(columns: Callable[[str, str, str], dict[str, str]]) -> None:
    """Make what every profile is found and sorted by, a batch after the other. Triggers keep the words in step."""
    wall(stands=False)
    connection, done = op.get_bind(), 0
    rows_after = sa.select(profile).order_by(profile.c.id)
    write = sa.update(profile).where(profile.c.id == sa.bindparam("this"))
    write = write.values({name: sa.bindparam(name) for name in columns("", "", "")})
    wanted = rows_after
    while rows := connection.execute(wanted.limit(AT_ONCE)).all():
        # Most names of letters a to z stay as they are.
        made = ((row, columns(row.first_name, row.last_name, row.email)) for row in rows)
        changed = [{"this": row.id, **new} for row, new in made if any(getattr(row, name) != new[name] for name in new)]
        if changed:
            connection.execute(write, changed)
        wanted, done = rows_after.where(profile.c.id > rows[-1].id), done + len(rows)
        if done % 50_000 == 0:
            log.info("%s profiles are found and sorted by their names", f"{done:,}")


def wall(*, stands: bool) -> None:
    """Without this, row-level security hides every row from a migration, which is of no account."""
    if op.get_bind().dialect.name == "postgresql":
        for name in WALLED:
            op.execute(f"ALTER TABLE {name} {'' if stands else 'NO '}FORCE ROW LEVEL SECURITY")


# As it was before this revision.
def columns_before(first_name: str, last_name: str, email: str) -> dict[str, Any]:
    return {
        "sort_name": key(f"{last_name} {first_name}".strip() or email),
        "name_key": key(f"{last_name} {first_name}".strip() or NAMELESS),
        "name_text": words(f"{first_name} {last_name}"),
        "search_text": words(f"{first_name} {last_name} {email}"),
    }


def key(value: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())


def words(value: str) -> str:
    bare = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", value.casefold()).casefold())
    return " ".join(WORD.findall("".join(c for c in bare if not unicodedata.combining(c))))
