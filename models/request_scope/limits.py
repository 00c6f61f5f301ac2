"""The limits on what a request can see and do: those of a connection, and those of the member it acts for."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar


class AskFirst(StrEnum):
    """Calls that wait until a person has allowed them on a page of this server."""

    DELETE = "delete"
    SEND = "send"
    """What leaves the account: mail to people."""
    MANY = "many"
    """What changes more than `MANY_AT_ONCE` profiles."""
    CHANGE = "change"
    """Everything that is not only reading."""


MANY_AT_ONCE = 10
ASK_NOTHING: frozenset[AskFirst] = frozenset()


@dataclass(frozen=True, slots=True)
class TagLimit:
    """Only profiles with one of these tags exist and, for a member, their own."""

    tags: frozenset[uuid.UUID]
    """Nobody has a deleted tag."""
    own_of: uuid.UUID | None = None
    """The person whose own profile exists too: the one with the address that they sign in with."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one member, or of one connection; without any, it may do everything in its scopes."""

    read_only: bool = False
    hide_contact: bool = False
    """Whether every answer leaves out the fields for e-mail addresses and phone numbers, and aliases that look like one."""
    only_tags: tuple[frozenset[uuid.UUID], ...] = ()
    """Only profiles with one tag of each of these sets exist for it. Nobody has a deleted tag."""
    daily_calls: int | None = None
    """Tool calls in a day (UTC)."""
    ends_at: datetime | None = None
    ask_first: frozenset[AskFirst] = ASK_NOTHING
    """The calls that a person must allow first, one by one."""
    member: TagLimit | None = None
    """What the member sees in an account that shows members only profiles with their tags."""
    decoy: uuid.UUID | None = None
    """The profile that does not exist here: on pages and in reports the account's decoy, for apps none."""

    @property
    def everybody(self) -> bool:
        """Whether every profile of the account exists."""
        return not self.only_tags and self.member is None and self.decoy is None

    @property
    def tag_limits(self) -> tuple[TagLimit, ...]:
        """Every limit by tags: a profile must meet all of them."""
        if not self.only_tags and self.member is None:
            return ()
        limits = tuple(TagLimit(tags) for tags in self.only_tags)
        return limits if self.member is None else (*limits, self.member)

    def within(self, policy: Limits) -> Limits:
        """These limits combined with those of a policy: the stricter of each."""
        if policy == NO_LIMITS:
            return self
        return Limits(
            read_only=self.read_only or policy.read_only,
            hide_contact=self.hide_contact or policy.hide_contact,
            only_tags=self.only_tags + policy.only_tags,
            daily_calls=least(self.daily_calls, policy.daily_calls),
            ends_at=least(self.ends_at, policy.ends_at),
            ask_first=self.ask_first | policy.ask_first,
            member=self.member,
            decoy=self.decoy,
        )


NO_LIMITS = Limits()
T = TypeVar("T", int, datetime)


def least(one: T | None, other: T | None) -> T | None:
    """The smaller of the given numbers."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
