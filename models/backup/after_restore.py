"""What a restored database does not know: what ended after the backup was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import select, update

from models.accounts import Account, DataExport, Member, User
from models.connections import Connection, revoke
from models.database import db, in_account, now, rows_changed, writing
from models.identity import LoginSession, PasswordReset
from models.mail import Kind, Message

AT_ONCE = 100


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


def reset_passwords(say: Callable[[str], None]) -> int:
    """Forget all passwords, and mail everybody a link to a new one; returns how many. Interrupted, it can be run again."""
    done = 0
    having = select(User).where(User.password_hash.is_not(None)).order_by(User.id).limit(AT_ONCE)
    while True:
        with writing():
            people = db.session.scalars(having.with_for_update()).all()
            for person in people:
                person.password_hash, person.short_password = None, False
                LoginSession.end_all(person.id)
                reset = PasswordReset.create(person)
                Message.post(Kind.PASSWORD_RESET, person.email, reset.id, facts={"restored": True}, user_id=person.id)
        if not people:
            return done
        done += len(people)
        say(f"{done} passwords …")


def members() -> Iterator[tuple[Account, list[Member]]]:
    """Every account with its members, for their Owners to confirm."""
    for account in db.session.scalars(select(Account).order_by(Account.name)).all():
        with in_account(account.id):
            yield account, Member.in_account(account.id)
