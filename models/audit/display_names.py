"""The current names of things in one account, looked up for a whole page together, with one query for each kind."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import select

from models.audit.resource_kinds import KINDS, Thing, names_of
from models.database import Base, db


class Names:
    """Names by kind and id. A thing that was deleted, or never was in this account, has None."""

    def __init__(
        self,
        known: Mapping[Thing, str],
        owners: Mapping[uuid.UUID, uuid.UUID] | None = None,
        hidden: Collection[Thing] = (),
    ) -> None:
        self.known = known
        self.owners = owners or {}
        self.hidden = hidden
        """The things that exist, but that the reader does not see."""

    def without(self, hidden: Collection[Thing]) -> Names:
        """The same for a reader who does not see these things."""
        known = {thing: name for thing, name in self.known.items() if thing not in hidden}
        return Names(known, self.owners, hidden)

    def calling(self, thing: Thing, name: str) -> Names:
        """The same with this name for one thing."""
        return Names({**self.known, thing: name}, self.owners, self.hidden)

    @classmethod
    def of(cls, account_id: uuid.UUID, things: Iterable[Thing]) -> Names:
        """The current names of these things in this account; members who left keep theirs."""
        wanted: dict[str, set[uuid.UUID]] = {}
        for kind, id_ in things:
            wanted.setdefault(kind, set()).add(id_)
        owners = connection_owners(account_id, wanted.get("connection", set()))
        if owners:
            wanted.setdefault("member", set()).update(owners.values())
        known = {
            (kind, id_): name
            for kind, ids in wanted.items()
            if kind in KINDS
            for id_, name in names_of(kind, account_id, ids)
        }
        return cls(known, owners)

    def get(self, kind: str, id_: uuid.UUID | None) -> str | None:
        """The name of this thing."""
        return None if id_ is None else self.known.get((kind, id_))

    def owner(self, connection_id: uuid.UUID | None) -> uuid.UUID | None:
        """The member who made this connection."""
        return None if connection_id is None else self.owners.get(connection_id)


def connection_owners(account_id: uuid.UUID, ids: set[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    if not ids:
        return {}
    connection = Base.metadata.tables["connection"].c
    made = select(connection.id, connection.member_id).where(connection.account_id == account_id)
    rows = db.session.connection().execute(made.where(connection.id.in_(ids)))
    return {row.id: row.member_id for row in rows}
