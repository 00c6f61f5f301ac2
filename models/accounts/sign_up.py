"""How an account begins: with its first Owner, in one transaction."""

from __future__ import annotations

from sqlalchemy import text

from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.user import User
from models.audit import Action, record
from models.database import db
from models.errors import Invalid, NotAllowed
from models.permissions import Role

# The first of two people who sign up at once on a new server wins; the second waits here and then finds an account.
# Readers are not held up. SQLite needs nothing: its writers stand in a queue anyway.
ONE_AT_A_TIME = text("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE")


def may_sign_up(policy: str) -> bool:
    """Whether anybody may make an account now, under this SIGN_UP policy: open, invite (the very first one) or closed."""
    return policy == "open" or (policy == "invite" and not Account.any_exists())


def sign_up(policy: str, email: str, name: str, password: str, account: str) -> Member:
    """A new person and their new account, of which they are the Owner; raises `Invalid` or `NotAllowed`."""
    person = User.create(email, name, password)
    return open_account(policy, person, account)


def open_account(policy: str, person: User, name: str) -> Member:
    """A new account with this person as its first Owner; raises `Invalid` for its name, or `NotAllowed` by the policy."""
    if policy == "invite":
        wait_for_others()
    if not may_sign_up(policy):
        raise NotAllowed("Sign-up is by invitation only. Ask an Owner of an account for a link.")
    try:
        account = Account.create(name)
    except Invalid as problem:
        raise Invalid("account_name", problem.message) from None
    owner = Member.add(account, person, Role.OWNER)
    record(Action.ACCOUNT_CREATED, ("account", account.id), by=owner.as_actor())
    return owner


def wait_for_others() -> None:
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(ONE_AT_A_TIME)
