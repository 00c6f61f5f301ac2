"""The demo: two accounts with people, profiles, tags, aliases and debriefs to try everything; the first one looks in use.

Running it again changes nothing that exists; it only adds what is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from models.accounts import Account, Member
from models.database import db
from models.demo.accounts import TEAMS, account_with_members, demo_account, demo_accounts, is_unused
from models.demo.activity import enliven
from models.demo.decoy import decoy_of, make_decoy, remove_decoy, suggest_decoy
from models.demo.profiles import count_profiles, top_up
from models.demo.removal import Contents, remove
from models.demo.users import (
    NAMES,
    check_for_all,
    is_demo_person,
    make_people,
    missing_people,
    new_passphrase,
    people,
    people_with,
    set_password,
)
from models.errors import Invalid

__all__ = [
    "Contents",
    "Demo",
    "decoy_of",
    "demo_account",
    "demo_accounts",
    "fill",
    "is_demo_person",
    "is_unused",
    "make_decoy",
    "people_with",
    "present",
    "remove",
    "remove_decoy",
    "suggest_decoy",
]

TRIES = 3
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Demo:
    """The contents of the demo. `password` is the one that this run set for the people with these addresses; else None."""

    accounts: list[Account]
    password: str | None
    password_of: list[str]

    def as_dict(self) -> dict[str, Any]:
        """The demo as JSON values: accounts, people with their memberships, numbers of profiles, and the password."""
        return {
            "accounts": [{"id": str(account.id), "name": account.name} for account in self.accounts],
            "people": [
                {"email": email, "name": user.name, "memberships": [membership(m) for m in Member.all_of(user.id)]}
                for email, user in people().items()
            ],
            "profiles": {account.name: count_profiles(account) for account in self.accounts},
            "password": self.password,
        }


def present() -> Demo:
    """The demo as it is now."""
    return Demo(demo_accounts(), None, [])


def membership(member: Member) -> dict[str, str]:
    return {"account": member.account.name, "account_id": str(member.account_id), "role": member.role}


def fill(
    profiles: int,
    password: str | None = None,
    progress: Progress = lambda _added: None,
    *,
    any_password: bool = False,
    for_newcomers: str | None = None,
) -> Demo:
    """Create or complete the demo, in one transaction, with this many profiles in its first account.

    A given password applies to everybody from now on; otherwise new people get the one `for_newcomers`, or a generated
    passphrase. `progress` is called with the size of each batch of profiles. Raises `Invalid` for a password that is not
    allowed, unless `any_password` says that nobody else can reach this server.
    """
    if password is not None and not any_password:
        check_for_all(password)
    for _ in range(TRIES - 1):
        try:
            return attempt(profiles, password, progress, for_newcomers)
        except (IntegrityError, Invalid):
            # Somebody else is filling the demo at the same time and was faster: less is left to do now.
            db.session.rollback()
    return attempt(profiles, password, progress, for_newcomers)


def attempt(profiles: int, password: str | None, progress: Progress, for_newcomers: str | None) -> Demo:
    newcomers = missing_people()
    password_of = list(NAMES) if password else newcomers
    password = password or ((for_newcomers or new_passphrase()) if newcomers else None)
    if password:
        set_password(set(password_of) - set(newcomers), password)
        make_people(newcomers, password)
    accounts = [account_with_members(team) for team in TEAMS]
    for team, account in zip(TEAMS, accounts, strict=True):
        top_up(account, team, team.size(profiles), progress)
        enliven(account, team)
    db.session.commit()
    return Demo(accounts, password, password_of)
