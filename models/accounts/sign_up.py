"""How an account starts: with its first Owner, in one transaction."""

from __future__ import annotations

from sqlalchemy import text

from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.user import User
from models.audit import Action, record
from models.database import db
from models.errors import Invalid, NotAllowed
from models.permissions import Role

# If two people sign up on a new server at the same time, the second waits here and then finds an account. Readers do
# not wait. SQLite needs no lock, since its writers queue anyway.
ONE_AT_A_TIME = text("LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE")


def may_sign_up(policy: str) -> bool:
    """Whether anybody can create an account now, under this SIGN_UP policy: open, invite (the very first one) or closed."""
    return policy == "open" or (policy == "invite" and not Account.any_exists())


def sign_up(policy: str, email: str, name: str, password: str, account: str) -> Member:
    """Create a person and their account, with the person as its Owner; raises `Invalid` or `NotAllowed`."""
    person = User.create(email, name, password)
    return open_account(policy, person, account)


def open_account(policy: str, person: User, name: str) -> Member:
    """Create an account with this person as its first Owner; raises `Invalid` for its name, or `NotAllowed` by the policy."""
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
