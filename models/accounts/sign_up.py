"""How an account starts: with its first Owner, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from sqlalchemy import select, text, update

from models.accounts.account import Account, SetUp
from models.accounts.member import Member
from models.accounts.user import User
from models.audit import Action, record
from models.database import db
from models.errors import Invalid, NotAllowed
from models.mail import Kind, Message
from models.permissions import Role
from models.secrets import SET_UP, derived_secrets, same
from models.text import email_key, typed_url

# If two people sign up on a new server at the same time, the second waits here and then finds an account. Readers do
# not wait. SQLite needs no lock, since its writers queue anyway.
ONE_AT_A_TIME = text("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE")


def may_sign_up(policy: str, token: str = "") -> bool:
    """Whether anybody can create an account now, under this SIGN_UP policy: open, invite (the very first one) or closed."""
    if Account.any_exists():
        return policy == "open"
    return policy != "closed" or bool(token)


def set_up_token(email: str = "") -> str:
    """The secret that creates the first account: for anybody who has it, or only for the person with this address."""
    return next(set_up_tokens(email))


def set_up_tokens(email: str) -> Iterator[str]:
    # Derived, so that every process and machine knows it and it is not stored. The first account ends it forever: if all
    # accounts are deleted, the next one needs another token.
    spent = [str(id_) for id_ in db.session.scalars(select(SetUp.id).order_by(SetUp.id))]
    return derived_secrets(SET_UP, "set-up", email_key(email), *spent)


def sets_up(policy: str, token: str, email: str) -> bool:
    """Whether this token lets the person with this address create the first account."""
    given = typed_url(token)
    meant = [email] if policy == "closed" else ["", email]
    return any(same(given, token) for address in meant for token in set_up_tokens(address))


def sign_up(policy: str, email: str, name: str, password: str, account: str, token: str = "") -> Member:
    """Create a person and their account, with the person as its Owner; raises `Invalid` or `NotAllowed`."""
    person = User.create(email, name, password)
    return open_account(policy, person, account, token)


def open_account(policy: str, person: User, name: str, token: str = "") -> Member:
    """Create an account with this person as its first Owner; raises `Invalid` for its name, or `NotAllowed` by the policy."""
    if policy != "open":
        wait_for_others()
    if not may_open(policy, person.email, token):
        raise NotAllowed(_("Sign-up is by invitation only. Ask an Owner of an account for a link."))
    if not Account.any_exists():
        # What the operator sent to this address is in the person's export and is deleted with them.
        invited = update(Message).where(Message.kind == Kind.OWNER_INVITATION, Message.recipient == person.email)
        db.session.execute(invited.values(user_id=person.id))
    return start_account(person, name)


def start_account(person: User, name: str) -> Member:
    """Create an account with this person as its first Owner, whatever the policy: the operator may do this."""
    try:
        account = Account.create(name)
    except Invalid as problem:
        raise Invalid("account_name", problem.message) from None
    owner = Member.add(account, person, Role.OWNER)
    record(Action.ACCOUNT_CREATED, ("account", account.id), by=owner.as_actor())
    return owner


def may_open(policy: str, email: str, token: str) -> bool:
    return policy == "open" if Account.any_exists() else sets_up(policy, token, email)


def wait_for_others() -> None:
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(ONE_AT_A_TIME)
