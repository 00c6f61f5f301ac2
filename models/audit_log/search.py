"""Searching the audit log: each typed word must begin a word of the entry, or of the actor's name."""

from __future__ import annotations

import re
import unicodedata
import uuid
from collections.abc import Iterator

from sqlalchemy import and_, exists, not_, or_, select
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import Member, User
from models.audit import AuditEntry, AuditName, AuditPersonal
from models.connections import Connection
from models.database import db, table_of
from models.profiles import Alias, Profile, visible
from models.text import beginnings, words

MOST_WORDS = 8
WORD = re.compile(r"[^\W_]+")
# How many members and connections are searched by name.
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
        yield or_(*(and_(*(or_(mentions(word), *actors.called(word)) for word in found)) for found in wanted))


def mentions(word: str) -> ColumnElement[bool]:
    """Entries with a word that begins like this, in their text or in the name of something in them."""
    # A word has only letters, marks and digits, so LIKE treats nothing in it as special.
    beginning = f"% {word}%"
    named = exists().where(AuditName.entry_id == AuditEntry.id, AuditName.words.like(beginning), *of_nobody_hidden())
    return or_(AuditPersonal.words.like(beginning), named)


def of_nobody_hidden() -> Iterator[ColumnElement[bool]]:
    """That a name is neither of a profile that the reader does not see nor of its alias: entries are shown without both."""
    profile, alias = table_of(Profile).c, table_of(Alias).c
    if wanted := list(visible(profile.id, profile.account_id)):
        hidden = exists().where(profile.account_id == AuditEntry.account_id, not_(and_(*wanted)))
        for whose in (
            (profile.id == AuditName.thing_id,),
            (alias.account_id == profile.account_id, alias.resource_id == profile.id, alias.id == AuditName.thing_id),
        ):
            yield ~hidden.where(*whose).correlate(AuditEntry, AuditName)


class Actors:
    """The members of an account and their connections by their current names, which no entry has."""

    def __init__(self, account_id: uuid.UUID) -> None:
        members = select(Member.id, User.name).join(User).where(Member.account_id == account_id)
        self.members = {row.id: beginnings(row.name) for row in db.session.execute(members.limit(MOST_NAMES))}
        apps = select(Connection.id, Connection.member_id, Connection.app_name)
        rows = db.session.execute(apps.where(Connection.account_id == account_id).limit(MOST_NAMES))
        self.connections = {row.id: (beginnings(row.app_name), row.member_id) for row in rows}

    def called(self, word: str) -> Iterator[ColumnElement[bool]]:
        """Entries by members with this name, or about their connections."""
        if members := {id_ for id_, name in self.members.items() if begins(name, word)}:
            yield AuditEntry.member_id.in_(members)
        through = [id_ for id_, (app, by) in self.connections.items() if by in members or begins(app, word)]
        if through:
            yield AuditEntry.connection_id.in_(through)


def begins(name: list[str], word: str) -> bool:
    return any(each.startswith(word) for each in name)
