"""The kinds of things in audit entries: how a sentence describes each, and where its name is stored.

Tables are named and not imported: the log is written from everywhere, and depends on no other part of the product.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from models.audit.actions import Action
from models.database import Base, Prepared, core_connection
from models.text import full_name, ngettext_noop
from models.text import gettext_noop as _

Thing = tuple[str, uuid.UUID]
"""A thing in an entry: its kind and its id."""


@dataclass(frozen=True)
class ResourceKind:
    """One kind of thing with a name that an entry can be about."""

    table: str
    name: tuple[str, ...]
    """The columns that make up its name."""
    otherwise: str = ""
    """The column to use if these are empty."""
    words: str = ""
    """The column with its search words, if there is one."""
    of: str = ""
    """The other table that has these columns, if any; `<of>_id` leads to it."""
    one: str = "%(name)s"
    """One of them, by name."""
    several: str = "%(names)s"
    many: tuple[str, str] | None = None
    """A number of them, as texts for one and for more."""
    none: str = ""
    gone: str = ""
    """The words for one without a name."""
    hidden: str = ""
    """The words for one that the reader does not see."""
    being_deleted: str = ""
    """The same in the entry of its deletion."""
    deletion: Action | None = None


KINDS: dict[str, ResourceKind] = {
    "profile": ResourceKind(
        "profile",
        ("first_name", "last_name"),
        otherwise="email",
        words="search_text",
        one=_("the profile of %(name)s"),
        several=_("the profiles of %(names)s"),
        many=ngettext_noop("%(num)s profile", "%(num)s profiles"),
        none=_("no profiles"),
        gone=_("a deleted profile"),
        hidden=_("a profile you do not see"),
        being_deleted=_("a profile"),
        deletion=Action.PROFILE_DELETED,
    ),
    "tag": ResourceKind(
        "tag",
        ("label",),
        one=_("the tag %(name)s"),
        several=_("the tags %(names)s"),
        many=ngettext_noop("%(num)s tag", "%(num)s tags"),
        none=_("no tags"),
        gone=_("a deleted tag"),
        being_deleted=_("a tag"),
        deletion=Action.TAG_DELETED,
    ),
    "team": ResourceKind(
        "team",
        ("name",),
        one=_("the team %(name)s"),
        several=_("the teams %(names)s"),
        many=ngettext_noop("%(num)s team", "%(num)s teams"),
        none=_("no teams"),
        gone=_("a deleted team"),
        being_deleted=_("a team"),
        deletion=Action.TEAM_DELETED,
    ),
    "alias": ResourceKind(
        "alias",
        ("consumer_key",),
        one=_("the alias %(name)s"),
        several=_("the aliases %(names)s"),
        many=ngettext_noop("%(num)s alias", "%(num)s aliases"),
        none=_("no aliases"),
        gone=_("a deleted alias"),
        hidden=_("an alias of a profile you do not see"),
        being_deleted=_("an alias"),
        deletion=Action.ALIAS_DELETED,
    ),
    "member": ResourceKind(
        "member",
        ("name",),
        of="user",
        many=ngettext_noop("%(num)s member", "%(num)s members"),
        none=_("no members"),
        gone=_("somebody who was removed"),
    ),
    "member_invitation": ResourceKind(
        "member_invitation",
        ("email",),
        many=ngettext_noop("%(num)s person", "%(num)s people"),
        none=_("no people"),
        gone=_("somebody"),
    ),
    "connection": ResourceKind("connection", ("app_name",)),
    "client": ResourceKind("client", ("name",)),
}


def names_of(kind: str, account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Iterator[tuple[uuid.UUID, str]]:
    """The current names of these things in this account. This flushes nothing."""
    found = core_connection().execute(looking_up_all(kind), {"account": account_id, "ids": list(ids)})
    for id_, *name in found:
        yield id_, written(*name)


def name_of(kind: str, account_id: uuid.UUID, id_: uuid.UUID) -> str | None:
    """The current name of one thing in this account; None if it does not exist. This flushes nothing."""
    found = looking_up_one(kind).row({"account": account_id, "id": id_})
    return None if found is None else written(*found[1:])


def written(otherwise: str, *name: str) -> str:
    return (full_name(*name) if len(name) > 1 else "".join(name)) or otherwise


@cache
def looking_up_all(kind: str) -> Select[*tuple[Any, ...]]:
    statement, id_ = looking_up(kind)
    return statement.where(id_.in_(bindparam("ids", expanding=True)))


@cache
def looking_up_one(kind: str) -> Prepared:
    statement, id_ = looking_up(kind)
    return Prepared(statement.where(id_ == bindparam("id")))


def looking_up(kind: str) -> tuple[Select[*tuple[Any, ...]], Any]:
    known, tables = KINDS[kind], Base.metadata.tables
    table = tables[known.table]
    named = tables[known.of] if known.of else table
    otherwise = named.c[known.otherwise or known.name[0]]
    statement = select(table.c.id, otherwise, *(named.c[column].label(f"_{column}") for column in known.name))
    if known.of:
        statement = statement.join_from(table, named, named.c.id == table.c[f"{known.of}_id"])
    return statement.where(table.c.account_id == bindparam("account")), table.c.id
