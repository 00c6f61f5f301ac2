"""What a member, or an Owner's policy, allows a connection besides its scopes: what it may touch, how often, and until when."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from models.errors import Invalid


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one connection; without any, everything that its scopes open."""

    read_only: bool = False
    hide_contact: bool = False
    """Whether the fields for e-mail addresses and phone numbers, and aliases that look like one, are left out of every answer."""
    only_tags: tuple[frozenset[uuid.UUID], ...] = ()
    """Only profiles that carry one tag of each of these sets exist for it. A tag that was deleted is carried by nobody."""
    daily_calls: int | None = None
    """Tool calls in a day (UTC)."""
    ends_at: datetime | None = None

    def within(self, policy: Limits) -> Limits:
        """What is left of these limits within those of a policy: of both, the stricter."""
        if policy == NO_LIMITS:
            return self
        return Limits(
            read_only=self.read_only or policy.read_only,
            hide_contact=self.hide_contact or policy.hide_contact,
            only_tags=self.only_tags + policy.only_tags,
            daily_calls=least(self.daily_calls, policy.daily_calls),
            ends_at=least(self.ends_at, policy.ends_at),
        )


NO_LIMITS = Limits()
MOST_CALLS = 1_000_000
FURTHEST = datetime(3000, 1, 1, tzinfo=UTC)
"""No connection ends later; who wants none to end leaves the date out."""
TOO_FAR = "Choose a day up to 31 December 2999, or leave it empty for no end."


class Limited(Protocol):
    """What has limits: a connection, or the policy of an account."""

    @property
    def account_id(self) -> uuid.UUID: ...
    @property
    def only_tags(self) -> list[str] | None: ...


def tag_sets(stored: list[str] | None) -> tuple[frozenset[uuid.UUID], ...]:
    """The limit to tags in a column, ready to be held against profiles."""
    return () if stored is None else (frozenset(map(uuid.UUID, stored)),)


T = TypeVar("T", int, datetime)


def least(one: T | None, other: T | None) -> T | None:
    """The smaller of what is there."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


_limits: ContextVar[Limits] = ContextVar("limits", default=NO_LIMITS)


@contextmanager
def limited_to(limits: Limits) -> Iterator[None]:
    """While this runs, the account is seen within these limits: verbs that find profiles find no others."""
    token = _limits.set(limits)
    try:
        yield
    finally:
        _limits.reset(token)


def limits_now() -> Limits:
    """The limits within which the account is seen now: none for members, those of its connection for an app."""
    return _limits.get()


def checked_calls(_whose: Limited, value: int | None) -> int | None:
    if value is not None and not 1 <= value <= MOST_CALLS:
        raise Invalid("daily_calls", f"Choose between 1 and {MOST_CALLS:,} calls a day, or leave it empty.")
    return value


def as_it_is(_whose: Limited, value: Any) -> Any:
    return value
