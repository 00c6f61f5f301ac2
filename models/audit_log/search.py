"""Finding entries of the trail by the words of their sentences: who, what, on whom, through which app.

No copy of the sentences is kept: names in them change, and can be erased. Each typed word is looked up among the names and phrases
that sentences are made of, and an entry is found that has, for every word, one of those things in it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Integer, Select, Text, and_, cast, false, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.accounts.user import User
from models.audit.placeholders import KINDS, NAMED_AT_MOST
from models.audit.recorder import AuditEntry, AuditPersonal
from models.audit_log.phrases import begins_a_word, has_hole, of_phrases, said_of_the_gone
from models.clients.client import Client
from models.connections.connection import Connection
from models.database.base import db
from models.profiles.alias import Alias
from models.profiles.listing import profile_page
from models.profiles.tag import Tag
from models.text import words

MOST_WORDS = 8
# What stands between the words that tell sentences apart.
BETWEEN = frozenset(
    (
        "a",
        "an",
        "and",
        "as",
        "by",
        "for",
        "from",
        "had",
        "has",
        "in",
        "it",
        "its",
        "no",
        "not",
        "of",
        "off",
        "on",
        "s",
        "that",
        "the",
        "to",
        "was",
        "were",
        "with",
    )
)
# So many things of one kind are looked for one by one.
MOST_THINGS = 100


def conditions(account_id: uuid.UUID, typed: str) -> Iterator[ColumnElement[bool]]:
    """What must hold of an entry, for each of the words that say something."""
    for word in telling_words(typed):
        yield or_(false(), *meanings(account_id, word))


def tells_nothing(typed: str) -> bool:
    """Whether something is typed of which no word tells sentences apart: then it is left out, and all entries are found."""
    return bool(typed) and not telling_words(typed)


def telling_words(typed: str) -> list[str]:
    return [word for word in dict.fromkeys(words(typed)) if word not in BETWEEN][:MOST_WORDS]


def common_words(account_id: uuid.UUID, typed: str) -> list[str]:
    """The words that more things are called by than can be looked for one by one, and those that are said of things which are gone:
    `conditions` let through all things of the kind, and whether such a word is in a sentence shows only when it is told."""
    return [word for word in telling_words(typed) if said_of_the_gone(word) or is_common(account_id, word)]


def is_common(account_id: uuid.UUID, word: str) -> bool:
    return any(len(ids) > MOST_THINGS for _, ids in things(account_id, word))


def meanings(account_id: uuid.UUID, word: str) -> Iterator[ColumnElement[bool]]:
    """Everything in an entry that this word, or the beginning of it, can stand for."""
    yield from of_phrases(word)
    if said_of_the_gone(word):
        yield AuditEntry.resource_count > 0
    if members := found(select(Member.id, User.name).join(User).where(Member.account_id == account_id), word):
        yield AuditEntry.member_id.in_(members)
        theirs = select(Connection.id).where(Connection.account_id == account_id, Connection.member_id.in_(members))
        yield has_hole("app_of_owner") & AuditEntry.connection_id.in_(theirs)
    if apps := found(select(Connection.id, Client.name).join(Client).where(Connection.account_id == account_id), word):
        yield AuditEntry.connection_id.in_(apps)
    if word.isascii() and word.isdecimal():
        yield from counts(word)
    yield AuditEntry.client_name.icontains(word, autoescape=True)
    for kind, ids in things(account_id, word):
        for looked_for in ids if len(ids) <= MOST_THINGS else [f'"{kind}"']:
            yield cast(AuditEntry.resources, Text).contains(str(looked_for), autoescape=True)
    yield cast(AuditEntry.values, Text).icontains(escaped(word), autoescape=True)
    # Names that cannot be looked up any more, as they were.
    yield cast(AuditPersonal.names, Text).icontains(escaped(word), autoescape=True)
    yield AuditEntry.id.in_(with_old_name(account_id, word))


def counts(number: str) -> Iterator[ColumnElement[bool]]:
    """Where many things of a kind are told by their number alone, as in "listed 20 profiles"."""
    for kind in KINDS:
        # How often the kind stands among the [kind, id] pairs: by how much shorter the text is without it.
        pairs, mark = cast(AuditEntry.resources, Text), f'"{kind}"'
        many = (func.length(pairs) - func.length(func.replace(pairs, mark, ""))) / len(mark)
        yield and_(many > NAMED_AT_MOST, cast(cast(many, Integer), Text).startswith(number, autoescape=True))


def found(names: Select[*tuple[Any, ...]], word: str) -> list[uuid.UUID]:
    """The ids of what has a name with such a word, among the few that there are of this kind."""
    rows = ((row[0], row[1]) for row in db.session.execute(names.limit(10_000)))
    return [id_ for id_, name in rows if begins_a_word(name, word)]


def things(account_id: uuid.UUID, word: str) -> Iterator[tuple[str, list[uuid.UUID]]]:
    """The profiles, tags, aliases, members and invitations that sentences call by such a name, a kind at a time."""
    yield "profile", [row.id for row in profile_page(account_id, search=word, limit=MOST_THINGS + 1).rows]
    yield "tag", found(select(Tag.id, Tag.label).where(Tag.account_id == account_id), word)
    yield "member", found(select(Member.id, User.name).join(User).where(Member.account_id == account_id), word)
    invited = select(MemberInvitation.id, MemberInvitation.email).where(MemberInvitation.account_id == account_id)
    yield "member_invitation", found(invited, word)
    called = Alias.consumer_key.icontains(word, autoescape=True)
    yield "alias", found(select(Alias.id, Alias.consumer_key).where(Alias.account_id == account_id, called), word)


def with_old_name(account_id: uuid.UUID, word: str) -> list[uuid.UUID]:
    """Entries with such a name in letters that stored JSON escapes, so that the database knows neither their case nor their marks."""
    rows = select(AuditPersonal.entry_id, AuditPersonal.names).where(AuditPersonal.account_id == account_id)
    rows = rows.where(cast(AuditPersonal.names, Text).contains("\\u", autoescape=True))
    newest = db.session.execute(rows.order_by(AuditPersonal.entry_id.desc()).limit(10_000))
    return [row.entry_id for row in newest if begins_a_word(" ".join(row.names.values()), word)]


def escaped(word: str) -> str:
    """The word as it stands in stored JSON."""
    return json.dumps(word)[1:-1]
