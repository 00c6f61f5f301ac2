"""The two accounts of the demo, and the roles of their members."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import exists, select

from models.accounts import Account, Member, User, start_account
from models.accounts.account import SetUp
from models.database import db, in_account
from models.demo.tags import APERTURE_TAGS, BLACK_MESA_TAGS, make_tags
from models.demo.users import people
from models.permissions import Role


@dataclass(frozen=True)
class Team:
    """An account of the demo. Its founder, the first in `roles`, identifies it, even if somebody renames it."""

    name: str
    roles: Mapping[str, Role]
    tags: Mapping[str, str]
    share: int
    """The number of requested profiles for each profile here."""
    fewest: int
    between: str
    """The separator between the names in an address; it keeps the addresses of the two accounts apart."""
    alias_prefix: str
    lively: bool = False
    """Whether it looks in use, with pending people, open decisions and an app's calls."""

    @property
    def founder(self) -> str:
        return next(iter(self.roles))

    def size(self, asked: int) -> int:
        """How many profiles this account should have."""
        return max(self.fewest, asked // self.share)


TEAMS = (
    Team(
        name="Aperture Science",
        roles={
            "owner@example.com": Role.OWNER,
            "manager@example.com": Role.MANAGER,
            "user@example.com": Role.USER,
            "both@example.com": Role.USER,
        },
        tags=APERTURE_TAGS,
        share=1,
        fewest=0,
        between=".",
        alias_prefix="hr",
        lively=True,
    ),
    Team(
        name="Black Mesa",
        roles={"outsider@example.com": Role.OWNER, "both@example.com": Role.OWNER},
        tags=BLACK_MESA_TAGS,
        share=5,
        fewest=5,
        between="",
        alias_prefix="bm",
    ),
)


def account_with_members(team: Team) -> Account:
    """The team's account with all of its members, created if missing. Former members are not added again."""
    known = people()
    account = account_of(team) or new_account(team, known[team.founder])
    for email, role in team.roles.items():
        if not was_ever_in(account.id, known[email].id):
            Member.add(account, known[email], role)
    return account


def account_of(team: Team) -> Account | None:
    """The team's account: the first one that its founder joined."""
    first = select(Member).join(Member.user).where(User.email_key == team.founder).order_by(Member.id).limit(1)
    member = db.session.scalar(first)
    return member.account if member else None


def demo_accounts() -> list[Account]:
    """The accounts of the demo that are here; one that will be deleted is none any more."""
    found = (account_of(team) for team in TEAMS)
    return [account for account in found if account and not account.locked]


def demo_account() -> Account | None:
    """The first account of the demo, if it is here."""
    return next(iter(demo_accounts()), None)


def is_unused() -> bool:
    """Whether nobody has ever used this server: there are no people, and there never was an account."""
    return db.session.scalar(select(exists(select(User.id)) | exists(select(SetUp.id)))) is False


def new_account(team: Team, founder: User) -> Account:
    account = start_account(founder, team.name).account
    account.set_up_hidden = True
    with in_account(account.id):
        make_tags(account.id, team.tags)
    return account


def was_ever_in(account_id: uuid.UUID, user_id: uuid.UUID) -> bool:
    known = exists().where(Member.account_id == account_id, Member.user_id == user_id)
    return bool(db.session.scalar(select(known)))
