"""Which aliases are addresses or phone numbers, now that they are known however they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# As models/profiles/contact_detection.py has it at this revision.
ADDRESS = re.compile(r"\S@\S|\S\s*@\s*\S+\.\w")
UUID = r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
HEXADECIMAL = r"\b(?=\d*[a-f])(?=[a-f]*\d)[0-9a-f]{16,}\b"
MACHINE = re.compile(f"{UUID}|{HEXADECIMAL}")
DIGITS = re.compile(r"(?P<sign>[+(]\s*)?(?P<groups>\d+(?:(?:[\W_]x?|x[\W_]|ー){1,4}\d+)*)")
DAY, MONTH, YEAR = "(?:0[1-9]|[12][0-9]|3[01])", "(?:0[1-9]|1[0-2])", "(?:19|20)[0-9][0-9]"
DATED = re.compile(
    rf"(?:{YEAR}([-./]){MONTH}\1{DAY}|{DAY}([-./]){MONTH}\2{YEAR})(?: [0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?)?"
    rf"|{YEAR}[-/]0[0-9]{{1,5}}"
)
DIALLED = re.compile("0[1-9][0-9]{5,}|00[1-9][0-9]{7,}")
# As it was until then.
BEFORE = re.compile(r"\S@\S|(?:[+(]|(?:^|[\s:])0)\(?\d[\d\s()./-]{4,}\d|^\d[\d ()./x#-]*[ ()./-][\d ()./x#-]*\d$")


def upgrade() -> None:
    mark_contacts(says_contact)


def downgrade() -> None:
    mark_contacts(said_contact)


def mark_contacts(judge: Callable[[str], bool]) -> None:
    on_postgresql = op.get_bind().dialect.name == "postgresql"
    if on_postgresql:
        # The wall would hide every row; it stands again before this transaction ends.
        op.execute("ALTER TABLE alias NO FORCE ROW LEVEL SECURITY")
    mark_again(judge)
    if on_postgresql:
        op.execute("ALTER TABLE alias FORCE ROW LEVEL SECURITY")


def mark_again(judge: Callable[[str], bool]) -> None:
    connection = op.get_bind()
    rows = connection.execute(sa.text("SELECT id, consumer_key, is_contact FROM alias")).all()
    changed = [
        {"id": row.id, "now": not row.is_contact} for row in rows if judge(row.consumer_key) != bool(row.is_contact)
    ]
    if changed:
        marked = sa.text("UPDATE alias SET is_contact = :now WHERE id = :id")
        connection.execute(marked.bindparams(sa.bindparam("now", type_=sa.Boolean())), changed)


def says_contact(consumer_key: str) -> bool:
    same = "".join(str(unicodedata.decimal(c, c)) for c in unicodedata.normalize("NFKC", consumer_key).casefold())
    return bool(ADDRESS.search(same)) or any(map(is_number, DIGITS.finditer(MACHINE.sub("n", same))))


def is_number(found: re.Match[str]) -> bool:
    digits = "".join(filter(str.isdecimal, found["groups"]))
    if len(digits) < 7 or found["sign"]:
        return len(digits) >= 7
    if digits == found["groups"]:
        return DIALLED.fullmatch(digits) is not None
    return DATED.fullmatch(found["groups"]) is None


def said_contact(consumer_key: str) -> bool:
    found = BEFORE.search(consumer_key)
    return found is not None and ("@" in found[0] or sum(c.isdigit() for c in found[0]) >= 7)
