"""Finding entries of the audit log by words: each one that is typed begins a word of the entry, or of the name of who did it."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterator

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import Member, User
from models.audit import AuditEntry, AuditName, AuditPersonal
from models.clients import Client
from models.connections import Connection
from models.database import db
from models.text import beginnings, words

MOST_WORDS = 8
WORD = re.compile(r"[^\W_]+")
# Of members and connections, so many are known by name.
MOST_NAMES = 10_000


def typed_words(typed: str) -> list[list[str]]:
    """The words to look for: as they are written down now and, where that differs, as they were before.

    Nothing rewrites what an entry is found by, so words are looked for in both forms.
    """
    forms = (tuple(dict.fromkeys(found))[:MOST_WORDS] for found in (words(typed), words_before(typed)))
    return [list(found) for found in dict.fromkeys(forms) if found]


def words_before(typed: str) -> list[str]:
    """The words of a text as entries were found by them at first: split at every sign, without any mark."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", typed.casefold()).casefold())
    return WORD.findall("".join(c for c in apart if not unicodedata.combining(c)))


def conditions(account_id: uuid.UUID, typed: str) -> Iterator[ColumnElement[bool]]:
    """What must hold of an entry: each of the words that are typed, in one form or the other."""
    if wanted := typed_words(typed):
        actors = Actors(account_id)
        yield or_(*(and_(*(or_(said(word), *actors.called(word)) for word in found)) for found in wanted))


def said(word: str) -> ColumnElement[bool]:
    """Where the entry says a word that begins so, or something that it names is called so."""
    # A word holds letters, digits and marks only, so nothing in it is special to LIKE.
    beginning = f"% {word}%"
    named = exists().where(AuditName.entry_id == AuditEntry.id, AuditName.words.like(beginning))
    return or_(AuditPersonal.words.like(beginning), named)


class Actors:
    """The members of an account and their connections, by what they are called now: no entry holds these names."""

    def __init__(self, account_id: uuid.UUID) -> None:
        members = select(Member.id, User.name).join(User).where(Member.account_id == account_id)
        self.members = {row.id: beginnings(row.name) for row in db.session.execute(members.limit(MOST_NAMES))}
        apps = select(Connection.id, Connection.member_id, Client.name).join(Client)
        rows = db.session.execute(apps.where(Connection.account_id == account_id).limit(MOST_NAMES))
        self.connections = {row.id: (beginnings(row.name), row.member_id) for row in rows}

    def called(self, word: str) -> Iterator[ColumnElement[bool]]:
        """Where one of them who is called so did it, or it was done to a connection of theirs."""
        if members := {id_ for id_, name in self.members.items() if begins(name, word)}:
            yield AuditEntry.member_id.in_(members)
        through = [id_ for id_, (app, by) in self.connections.items() if by in members or begins(app, word)]
        if through:
            yield AuditEntry.connection_id.in_(through)


def begins(name: list[str], word: str) -> bool:
    return any(each.startswith(word) for each in name)
