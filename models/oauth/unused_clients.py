"""Tidying apps that introduced themselves and were never used: the old ones, and under a flood those of the busiest network."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, delete, exists, func, select
from sqlalchemy.exc import SQLAlchemyError

from models.clients import Client
from models.connections import Connection, DeniedScope
from models.database import db, now, writing
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DeviceAuthorization

log = logging.getLogger("profile.oauth")

# A document is fetched again after a day at most, so one that nobody has asked about for two days has no open page.
UNUSED_LIVE = {"registered": timedelta(hours=24), "document": timedelta(hours=48)}
MOST_UNUSED = 5_000
MOST_AT_ONCE = 1_000


def tidy_clients() -> None:
    """Delete unused apps in a transaction of its own, after the work of a request. A failure is logged and fails nothing."""
    try:
        with writing():
            for kind, lifetime in UNUSED_LIVE.items():
                delete_unused(kind, now() - lifetime)
    except SQLAlchemyError:
        log.exception("apps that nobody uses could not be deleted")


def delete_unused(kind: str, before: datetime) -> None:
    unused = Client.first_used_at.is_(None) & (Client.kind == kind)
    delete_free(select(Client.id).where(unused, Client.seen_at < before, *free()))
    surplus = (db.session.scalar(select(func.count()).select_from(Client).where(unused)) or 0) - MOST_UNUSED
    if surplus > 0:
        from_there = Client.network.is_not_distinct_from(busiest_network(unused))
        oldest = select(Client.id).where(unused, from_there, *free()).order_by(Client.seen_at, Client.id)
        delete_free(oldest, surplus)


def busiest_network(unused: ColumnElement[bool]) -> str | None:
    """The network that most of these apps came from, so that a flood from one displaces none from another."""
    by_network = select(Client.network).where(unused).group_by(Client.network)
    return db.session.scalar(by_network.order_by(func.count().desc(), Client.network).limit(1))


def delete_free(chosen: Select[uuid.UUID], at_most: int = MOST_AT_ONCE) -> None:
    """Delete those of the chosen that still nothing names once they are locked."""
    ids = db.session.scalars(chosen.limit(min(at_most, MOST_AT_ONCE)).with_for_update(skip_locked=True)).all()
    if ids:
        db.session.execute(delete(Client).where(Client.id.in_(ids), *free()))


def free() -> Iterator[ColumnElement[bool]]:
    """The conditions for an app that nothing names: no connection, no lasting denial, no open consent page, no pending device."""
    yield ~exists().where(Connection.client_id == Client.id)
    yield ~exists().where(DeniedScope.client_id == Client.id, DeniedScope.for_good)
    for asking in (ConsentRequest, DeviceAuthorization):
        yield ~exists().where(asking.client_id == Client.id, asking.expires_at > now())
