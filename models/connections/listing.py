"""The connections of an account, of all members: page by page, with search by app or member."""

from __future__ import annotations

import uuid

from sqlalchemy import Select, func, or_, select

from models.accounts import Member, User
from models.clients import Client
from models.connections.connection import Connection, is_over
from models.database import db


def connections_page(account_id: uuid.UUID, search: str, page: int, rows: int) -> tuple[list[Connection], int]:
    """A page of connections whose app or member has these words, and the total; active ones first, then the newest."""
    matching = searching(search).where(Connection.account_id == account_id)
    total = db.session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    over = or_(Connection.revoked_at.is_not(None), Member.removed_at.is_not(None), is_over())
    ids = matching.order_by(over, Connection.id.desc()).limit(rows).offset((page - 1) * rows)
    ordered = list(db.session.scalars(ids))
    known = {each.id: each for each in db.session.scalars(select(Connection).where(Connection.id.in_(ordered)))}
    return [known[id_] for id_ in ordered], total


def searching(search: str) -> Select[uuid.UUID]:
    """The connections with each word in the app's name, or in the name or address of the member."""
    found = select(Connection.id).join(Member, Member.id == Connection.member_id)
    found = found.join(User, User.id == Member.user_id).join(Client, Client.id == Connection.client_id)
    for word in search.split():
        named = (
            each.icontains(word, autoescape=True) for each in (Connection.app_name, Client.name, User.name, User.email)
        )
        found = found.where(or_(*named))
    return found
