"""What the things of one account are called now: looked up for a whole page at once, one query a kind."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, select

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.accounts.user import User
from models.clients.client import Client
from models.connections.connection import Connection
from models.database.base import db
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag

Thing = tuple[str, uuid.UUID]


class Names:
    """Names by kind and id. Whoever asks for a thing that is gone, or never was in this account, gets None."""

    def __init__(self, known: Mapping[Thing, str], owners: Mapping[uuid.UUID, uuid.UUID] | None = None) -> None:
        self.known = known
        self.owners = owners or {}

    @classmethod
    def of(cls, account_id: uuid.UUID, things: Iterable[Thing]) -> Names:
        """The present names of these things of this account; members who left keep theirs."""
        wanted: dict[str, set[uuid.UUID]] = {}
        for kind, id_ in things:
            wanted.setdefault(kind, set()).add(id_)
        owners = connection_owners(account_id, wanted.get("connection", ()))
        wanted.setdefault("member", set()).update(owners.values())
        known = {
            (kind, id_): name
            for kind, ids in wanted.items()
            if kind in LOOKUPS and ids
            for id_, name in found(LOOKUPS[kind](account_id, ids))
        }
        return cls(known, owners)

    def get(self, kind: str, id_: uuid.UUID | None) -> str | None:
        """What this thing is called."""
        return None if id_ is None else self.known.get((kind, id_))

    def owner(self, connection_id: uuid.UUID | None) -> uuid.UUID | None:
        """The member who made this connection."""
        return None if connection_id is None else self.owners.get(connection_id)


def found(statement: Select[*tuple[Any, ...]]) -> Iterable[tuple[uuid.UUID, str]]:
    """Ids and names; a profile without a first and last name goes by its address."""
    for id_, *parts in db.session.execute(statement):
        *names, last_resort = parts
        yield id_, " ".join(filter(None, names)) or last_resort


def profiles(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    columns = select(Profile.id, Profile.first_name, Profile.last_name, Profile.email)
    return columns.where(Profile.account_id == account_id, Profile.id.in_(ids))


def tags(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    return select(Tag.id, Tag.label).where(Tag.account_id == account_id, Tag.id.in_(ids))


def aliases(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    return select(Alias.id, Alias.consumer_key).where(Alias.account_id == account_id, Alias.id.in_(ids))


def members(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    columns = select(Member.id, User.name).join(User, User.id == Member.user_id)
    return columns.where(Member.account_id == account_id, Member.id.in_(ids))


def invitations(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    columns = select(MemberInvitation.id, MemberInvitation.email)
    return columns.where(MemberInvitation.account_id == account_id, MemberInvitation.id.in_(ids))


def connections(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    columns = select(Connection.id, Client.name).join(Client, Client.id == Connection.client_id)
    return columns.where(Connection.account_id == account_id, Connection.id.in_(ids))


def clients(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Select[*tuple[Any, ...]]:
    return select(Client.id, Client.name).where(Client.account_id == account_id, Client.id.in_(ids))


LOOKUPS: dict[str, Callable[[uuid.UUID, Collection[uuid.UUID]], Select[*tuple[Any, ...]]]] = {
    "profile": profiles,
    "tag": tags,
    "alias": aliases,
    "member": members,
    "member_invitation": invitations,
    "connection": connections,
    "client": clients,
}


def connection_owners(account_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    if not ids:
        return {}
    made = select(Connection.id, Connection.member_id)
    rows = db.session.execute(made.where(Connection.account_id == account_id, Connection.id.in_(ids)))
    return {row.id: row.member_id for row in rows}
