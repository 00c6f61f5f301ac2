"""Removing the demo: its people at once, so that nobody signs in as one of them, and its accounts by the worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select

from models.accounts import Account, Member
from models.database import db, in_account, locks
from models.demo.accounts import demo_accounts
from models.demo.activity import APP_NAME
from models.demo.profiles import count_profiles
from models.demo.users import is_demo_person, people
from models.errors import NotAllowed
from models.privacy import forget_people, live_connections, lock, needed_by
from models.profiles import Profile

INVENTED = "%@example.com"


@dataclass(frozen=True)
class Contents:
    """What removing the demo deletes."""

    accounts: list[tuple[str, int]]
    """Each account with its number of profiles."""
    people: list[str]
    """The addresses of the demo people."""
    apps: list[str]
    """The names of the connected apps, except for the demo's own."""
    real_members: list[str]
    """The addresses of other people who joined one of these accounts."""
    real_profiles: int
    """How many of the profiles are not of invented people."""

    @classmethod
    def now(cls) -> Contents:
        """As of now."""
        accounts = demo_accounts()
        members = {member.user.email for a in accounts for member in Member.in_account(a.id) if not of_demo(member)}
        return cls(
            accounts=[(account.name, count_profiles(account)) for account in accounts],
            people=list(people()),
            apps=[name for account in accounts for name in connected_apps(account)],
            real_members=sorted(members),
            real_profiles=sum(map(count_real_profiles, accounts)),
        )

    @property
    def is_real(self) -> bool:
        """Whether it includes what somebody may miss: other members, or profiles of other people."""
        return bool(self.real_members or self.real_profiles)


def of_demo(member: Member) -> bool:
    return is_demo_person(member.user)


def connected_apps(account: Account) -> list[str]:
    with in_account(account.id):
        names = [connection.app_name for connection in live_connections(account.id)]
    return [name for name in names if name != APP_NAME]


def count_real_profiles(account: Account) -> int:
    """Everybody invented is at example.com, where nobody has a mailbox."""
    with in_account(account.id):
        real = select(func.count()).where(Profile.account_id == account.id, Profile.email_key.not_like(INVENTED))
        return db.session.scalar(real) or 0


def remove() -> None:
    """Delete the demo people and lock the demo's accounts, which the worker then deletes.

    Raises `NotAllowed` if one of the people is the only Owner of another account.
    """
    accounts, users = demo_accounts(), list(people().values())
    ids = [account.id for account in accounts]
    elsewhere = [member for user in users for member in Member.all_of(user.id) if member.account_id not in ids]
    locks.take_all([*ids, *(member.account_id for member in elsewhere)])
    if member := needed_by(elsewhere):
        raise NotAllowed(
            f"{member.user.email} is the only Owner of {member.account.name}, which does not belong to the demo. "
            "Make somebody else an Owner there, or delete that account, first."
        )
    for member in elsewhere:
        with in_account(member.account_id):
            member.leave()
    # The people first: nobody in the demo has a mailbox for the news of the deletion.
    forget_people([user.id for user in users])
    db.session.expire_all()
    for id_ in ids:
        with in_account(id_):
            lock(id_, None, timedelta())
