"""The networks that a connection was used from, and the notice about a new one.

A network is an address shortened to /24 of IPv4 or /48 of IPv6. Every tool call counts as use, whatever its outcome:
only tool calls give access to data. The first network of a connection sends no notice. Neither does a network in the
hour after the member got mail about the connection: assistants in data centres use several networks at the same time.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ForeignKey, Text, UniqueConstraint, bindparam, case, delete, exists, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from models.connections.connection import Connection
from models.connections.usage import ConnectionUse
from models.database import Base, Id, Moment, UTCDateTime, db, new_id, now, rows_changed, table_of
from models.mail import Kind, notify_of_app

if TYPE_CHECKING:
    from models.oauth import Bearer
from models.request_scope import current_scope

MOST = 50
KEPT = timedelta(days=90)
SETTLING = timedelta(hours=1)
TOLD_EVERY = timedelta(days=1)


class ConnectionNetwork(Base):
    """A network that a connection was used from. The last use of the current network is in the connection's usage."""

    __tablename__ = "connection_network"

    id: Mapped[Id]
    connection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("connection.id", ondelete="CASCADE"))
    network: Mapped[str]
    first_used_at: Mapped[Moment]
    last_used_at: Mapped[Moment] = mapped_column(index=True)

    __table_args__ = (UniqueConstraint("connection_id", "network"),)


class Place(NamedTuple):
    """Where a connection was used from, and when."""

    network: str
    first: datetime
    last: datetime


def places_of(connection: Connection) -> list[Place]:
    """Its networks, most recent first: the last fifty at most."""
    rows = db.session.scalars(select(ConnectionNetwork).where(ConnectionNetwork.connection_id == connection.id))
    here, lately = connection.use.last_network, connection.use.last_used_at
    places = [
        Place(row.network, row.first_used_at, (lately if row.network == here else None) or row.last_used_at)
        for row in rows
    ]
    return sorted(places, key=lambda place: place.last, reverse=True)


def comes_from_elsewhere(bearer: Bearer) -> bool:
    """Whether a call comes from another network than the last one did."""
    return current_scope().actor.address not in {None, bearer.last_network}


def note_network(bearer: Bearer) -> None:
    """Record the network of a call, in the transaction that counted it; the member gets at most one notice of a new network a day."""
    if not comes_from_elsewhere(bearer):
        return
    here, moment = current_scope().actor.address, now()
    # Counting has locked the connection's counters, so simultaneous calls from several networks run one after the other
    # from here.
    connection, row = db.session.connection(), bearer.connection_id
    left = {"before": bearer.last_network, "left": bearer.last_used_at or moment}
    if here in connection.execute(MOVE, {"row": row, "here": here, "now": moment, **left}).scalars().all():
        return
    new = {"id": new_id(), "row": row, "here": here, "now": moment}
    if not connection.execute(ARRIVE[connection.dialect.name], new).rowcount or bearer.last_network is None:
        return
    # If it comes from more networks than are listed, it comes from anywhere, and a notice about another one is useless.
    if not forget_oldest(row):
        notify_member(row, moment)


def notify_member(connection_id: uuid.UUID, moment: datetime) -> None:
    """Mail the member that a network is new; further ones on this day are shown on the connection's page."""
    connection = db.session.get_one(Connection, connection_id)
    if moment < connection.created_at + SETTLING:
        return
    long_ago = or_(ConnectionUse.network_told_at.is_(None), ConnectionUse.network_told_at <= moment - TOLD_EVERY)
    due = update(ConnectionUse).where(ConnectionUse.connection_id == connection_id, long_ago)
    if rows_changed(due.values(network_told_at=moment)):
        notify_of_app(Kind.APP_ELSEWHERE, connection.account_id, connection.id, connection.member.user)


def forget_oldest(connection_id: uuid.UUID) -> int:
    """Keep the fifty that were used last; returns how many were deleted. No app can make this table grow."""
    newest = select(networks.id).where(OF_IT).order_by(networks.last_used_at.desc(), networks.id.desc()).limit(MOST)
    rest = delete(ConnectionNetwork).where(OF_IT, networks.id.not_in(newest))
    return db.session.connection().execute(rest, {"row": connection_id}).rowcount


def unused_since(moment: datetime) -> ColumnElement[bool]:
    """Those to delete: not used since this time. The connection's last network stays."""
    of_it = exists().where(use.connection_id == networks.connection_id, use.last_network == networks.network)
    return (networks.last_used_at < moment) & ~of_it


networks, use = table_of(ConnectionNetwork).c, table_of(ConnectionUse).c
OF_IT = networks.connection_id == bindparam("row")
HERE, BEFORE = bindparam("here", type_=Text), bindparam("before", type_=Text)
NOW, LEFT = bindparam("now", type_=UTCDateTime), bindparam("left", type_=UTCDateTime)
MOVE = (
    update(table_of(ConnectionNetwork))
    .where(OF_IT, networks.network.in_([HERE, BEFORE]))
    .values(
        last_used_at=case(
            (networks.network == HERE, NOW), (networks.last_used_at < LEFT, LEFT), else_=networks.last_used_at
        )
    )
    .returning(networks.network)
)


def arrive_statement(dialect: Any) -> Any:
    arrived = dialect.insert(ConnectionNetwork).values(
        id=bindparam("id"), connection_id=bindparam("row"), network=HERE, first_used_at=NOW, last_used_at=NOW
    )
    # Without this option, psycopg returns -1 for an INSERT.
    return arrived.on_conflict_do_nothing().execution_options(preserve_rowcount=True)


ARRIVE = {"sqlite": arrive_statement(sqlite), "postgresql": arrive_statement(postgresql)}
