"""What a restored database does not know: what ended after the backup was made."""

from __future__ import annotations

from sqlalchemy import select, update

from models.accounts import DataExport
from models.connections import Connection, revoke
from models.database import db, in_account, now, rows_changed, writing
from models.identity import LoginSession
from models.mail import Message


def end_what_may_have_ended() -> dict[str, int]:
    """Revoke every connection, sign everybody out, drop unsent e-mail and end exports; returns how many of each."""
    ended = {"connections revoked": revoke_all()}
    with writing():
        signed_in = update(LoginSession).where(LoginSession.ended_at.is_(None)).values(ended_at=now())
        ended["browsers signed out"] = rows_changed(signed_in)
        waiting = update(Message).where(Message.state == "waiting").values(state="dropped", settled_at=now())
        ended["unsent messages dropped"] = rows_changed(waiting)
        kept = update(DataExport).where(DataExport.state == "ready").values(state="ended", expires_at=now())
        ended["exports removed"] = rows_changed(kept)
    return ended


def revoke_all() -> int:
    """Revoke all connections of all accounts, each in its own transaction."""
    live = list(db.session.execute(select(Connection.id, Connection.account_id).where(Connection.revoked_at.is_(None))))
    for connection_id, account_id in live:
        with writing(), in_account(account_id):
            revoke(db.session.get_one(Connection, connection_id), None)
    return len(live)
