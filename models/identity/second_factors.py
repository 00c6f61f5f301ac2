"""What people have besides their password: passkeys, an authenticator app, recovery codes. Changes are notified by mail."""

from __future__ import annotations

import uuid

from babel.lists import format_list
from flask_babel import gettext as _
from sqlalchemy import Select, delete, exists, select

from models.accounts import Account, Member, User
from models.accounts.password_rules import SHORTEST
from models.audit import Action
from models.connections import Connection, ConnectionPolicy
from models.database import db
from models.errors import NotAllowed, NotFound
from models.identity.passkey import Made, Passkey
from models.identity.recovery_codes import RecoveryCode
from models.identity.security_notice import notify
from models.identity.session import LoginSession
from models.identity.totp import Authenticator
from models.mail import Kind
from models.text import current_language, locale_of

APP, PASSKEY = "app", "passkey"


def add_app(person: User, seed: str, code: str, this_session: uuid.UUID) -> list[str]:
    """Add the authenticator app that shows this code. The first factor returns recovery codes; raises `Invalid`."""
    person.lock()
    first = not person.has_second_factor
    Authenticator.add(person, seed, code)
    return added(person, APP, Action.APP_ADDED, this_session if first else None)


def add_passkey(person: User, name: str, made: Made, this_session: uuid.UUID) -> list[str]:
    """Add a passkey. The first factor returns recovery codes; raises `Invalid`."""
    person.lock()
    first = not person.has_second_factor
    Passkey.add(person, name, made)
    return added(person, PASSKEY, Action.PASSKEY_ADDED, this_session if first else None)


def added(person: User, factor: str, action: Action, first_in: uuid.UUID | None) -> list[str]:
    db.session.expire(person, ["passkeys", "authenticator"])
    Member.record_everywhere(action, person.id)
    notify(person, Kind.FACTOR_ADDED, factor=factor)
    if first_in is None:
        return []
    # The other sessions were started with the password alone.
    LoginSession.end_all(person.id, but=first_in)
    return RecoveryCode.make(person.id)


def remove_app(person: User, this_session: uuid.UUID) -> None:
    """Remove the authenticator app; raises `NotAllowed` if the person needs it."""
    person.lock()
    if person.authenticator is None:
        return
    check_removable(person, last=not person.passkeys)
    db.session.execute(delete(Authenticator).where(Authenticator.user_id == person.id))
    removed(person, APP, Action.APP_REMOVED, this_session)


def remove_passkey(person: User, passkey: Passkey, this_session: uuid.UUID) -> None:
    """Remove this passkey; raises `NotAllowed` if the person needs it."""
    person.lock()
    if passkey.id not in {each.id for each in person.passkeys}:
        raise NotFound(_("You have no passkey with this id."))
    check_removable(person, last=len(person.passkeys) == 1 and person.authenticator is None)
    db.session.execute(delete(Passkey).where(Passkey.id == passkey.id))
    removed(person, PASSKEY, Action.PASSKEY_REMOVED, this_session)


def rename_passkey(passkey: Passkey, name: str) -> None:
    """Rename a passkey; raises `Invalid`."""
    passkey.rename(name)
    Member.record_everywhere(Action.PASSKEY_RENAMED, passkey.user_id)


def check_removable(person: User, last: bool) -> None:
    """Raise `NotAllowed` if this is the last second factor and one is required."""
    if not last:
        return
    if requiring := accounts_requiring(person):
        raise NotAllowed(
            _(
                "A second factor is required in %(accounts)s. Set up another one before you remove this one.",
                accounts=listed(requiring),
            )
        )
    if requiring := accounts_requiring_of_apps(person):
        raise NotAllowed(
            _(
                "A second factor is required in %(accounts)s because you have connected apps there. "
                "Set up another one before you remove this one, or revoke your apps there.",
                accounts=listed(requiring),
            )
        )
    if person.short_password:
        raise NotAllowed(
            _(
                "Your password has fewer than %(number)s characters, which is only enough with a second factor. "
                "Choose a longer password first.",
                number=SHORTEST,
            )
        )


def listed(names: list[str]) -> str:
    return format_list(names, locale=locale_of(current_language()))


def removed(person: User, factor: str, action: Action, this_session: uuid.UUID) -> None:
    db.session.expire(person, ["passkeys", "authenticator"])
    Member.record_everywhere(action, person.id)
    notify(person, Kind.FACTOR_REMOVED, factor=factor)
    # Somebody with the removed factor may be signed in with it.
    LoginSession.end_all(person.id, but=this_session)
    if not person.has_second_factor:
        RecoveryCode.forget(person.id)


def forget_factors(person: User) -> None:
    """Remove every factor of somebody who has lost all of them.

    The password alone signs in again. If it is too short for that, they need a link to set a new one. The caller must
    have verified the person.
    """
    person.lock()
    for table in (Passkey, Authenticator):
        db.session.execute(delete(table).where(table.user_id == person.id))
    RecoveryCode.forget(person.id)
    db.session.expire(person, ["passkeys", "authenticator"])
    if person.short_password:
        person.password_hash, person.short_password = None, False
    Member.record_everywhere(Action.FACTORS_FORGOTTEN, person.id)
    notify(person, Kind.FACTOR_REMOVED, factor="all")
    LoginSession.end_all(person.id)


def renew_recovery_codes(person: User) -> list[str]:
    """Ten new codes that replace the earlier ones; raises `NotAllowed` if the person has no second factor."""
    person.lock()
    if not person.has_second_factor:
        raise NotAllowed(_("Recovery codes replace a second factor. Set one up first."))
    Member.record_everywhere(Action.RECOVERY_CODES_MADE, person.id)
    notify(person, Kind.RECOVERY_CODES_MADE)
    return RecoveryCode.make(person.id)


def recovery_code_used(person: User) -> None:
    """Record that a recovery code was used, and notify the person."""
    Member.record_everywhere(Action.RECOVERY_CODE_USED, person.id)
    notify(person, Kind.RECOVERY_CODE_USED, left=RecoveryCode.left(person.id))


def accounts_requiring(person: User) -> list[str]:
    """The names of this person's accounts that require a second factor."""
    return list(db.session.scalars(accounts_of(person).where(Account.second_factor_required)))


def accounts_requiring_of_apps(person: User) -> list[str]:
    """The names of this person's accounts that require one for connected apps (models/connections/policy.py), if they have such apps."""
    connected = exists().where(Connection.member_id == Member.id, Connection.revoked_at.is_(None))
    policies = accounts_of(person).join(ConnectionPolicy, ConnectionPolicy.account_id == Account.id)
    return list(db.session.scalars(policies.where(ConnectionPolicy.second_factor, connected)))


def accounts_of(person: User) -> Select[str]:
    names = select(Account.name).join(Member, Member.account_id == Account.id).order_by(Account.name)
    return names.where(Member.user_id == person.id, Member.removed_at.is_(None))
