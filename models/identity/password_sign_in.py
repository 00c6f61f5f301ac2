"""What people do with their own sign-in. It concerns all of their accounts, so the audit log of each records it."""

from __future__ import annotations

import uuid

from flask_babel import gettext as _

from models.accounts import Member, User
from models.accounts.password_rules import LONGEST
from models.audit import Action
from models.database import change, db
from models.errors import Invalid
from models.identity.failed_proof import count_try, forget_try, record_failure
from models.identity.security_notice import notify
from models.identity.session import LoginSession
from models.mail import Kind
from models.secrets import hash_password, password_matches
from models.text import known_language, line, typed_password, zone_names

WRONG_PASSWORD = "wrong_password"  # noqa: S105


def person_signing_in(email: str, password: str) -> User | None:
    """The person with this address and password; a wrong password for a known person is recorded as refused."""
    if len(typed_password(password)) > LONGEST:
        return None
    person = User.signing_in(email, password)
    if person is None and (known := User.by_email(email)):
        record_failure(Action.SIGN_IN_FAILED, known.id, WRONG_PASSWORD)
    return person


def password_is(person: User, password: str, session_id: uuid.UUID) -> bool:
    """Whether this is the password of the person signed in with this session. No transaction is open during the check.

    The attempt stays counted until `forget_try`. Raises `TooManyTries`.
    """
    count_try(session_id)
    stored = person.password_hash
    db.session.rollback()
    return len(typed_password(password)) <= LONGEST and password_matches(stored, password)


def change_person(
    person: User,
    name: str,
    time_zone: str | None,
    language: str | None = None,
    weekly_digest: bool | None = None,
) -> None:
    """Change a person's name, time zone, language and digest, in all of their accounts; what is None stays as it is."""
    called = line("name", name, 120, _("Your name"), required=True)
    wanted = {"name": called, "time_zone": time_zone, "language": language, "weekly_digest": weekly_digest}
    if time_zone is not None and time_zone not in zone_names():
        raise Invalid("time_zone", _("Choose one of the time zones in the list."))
    if language is not None and known_language(language) is None:
        raise Invalid("language", _("Choose one of the languages in the list."))
    if changed := change(person, wanted):
        Member.record_everywhere(Action.PERSON_CHANGED, person.id, fields=changed)


def change_password(person: User, present: str, wanted: str, this_session: uuid.UUID) -> bool:
    """Change the password and sign out every other browser; False, and recorded as refused, if `present` is wrong.

    Raises `Invalid` if the new one is too short or too easy to guess, and `TooManyTries`.
    """
    person.check_password(wanted, field="wanted")
    if not password_is(person, present, this_session):
        record_failure(Action.PASSWORD_CHANGED, person.id, WRONG_PASSWORD)
        return False
    if typed_password(present) == typed_password(wanted):
        raise Invalid("wanted", _("This is your current password. Choose another one."))
    forget_try(this_session)
    person.set_password(wanted, hash_password(wanted), field="wanted")
    LoginSession.end_all(person.id, but=this_session)
    Member.record_everywhere(Action.PASSWORD_CHANGED, person.id)
    notify(person, Kind.PASSWORD_CHANGED)
    return True
