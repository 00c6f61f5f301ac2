"""What a member, or an Owner's policy, allows a connection besides scopes: which data, how often, and until when."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, Protocol

from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _

from models.errors import Invalid
from models.request_scope import ASK_NOTHING, AskFirst, Limits

MOST_CALLS = 1_000_000
FURTHEST = datetime(3000, 1, 1, tzinfo=UTC)
"""No connection ends later than this; one without an end date has no date at all."""
TOO_FAR = lazy_gettext("Choose a day up to 31 December 2999, or leave it empty for no end.")


class Limited(Protocol):
    """Something with limits: a connection, or the policy of an account."""

    @property
    def account_id(self) -> uuid.UUID: ...
    @property
    def only_tags(self) -> list[str] | None: ...


def tag_sets(stored: list[str] | None) -> tuple[frozenset[uuid.UUID], ...]:
    """The tag limit in a column, in the form that profiles are checked against."""
    return () if stored is None else (frozenset(map(uuid.UUID, stored)),)


def asks_in(stored: list[str] | None) -> frozenset[AskFirst]:
    """The calls in a column that wait for a person."""
    return frozenset(map(AskFirst, stored)) if stored else ASK_NOTHING


def stored_limits(
    *,
    read_only: bool,
    hide_contact: bool,
    only_tags: list[str] | None,
    daily_calls: int | None,
    ask_first: list[str] | None,
    ends_at: datetime | None = None,
) -> Limits:
    """The limits in these columns, in the form in which they hold in a request."""
    return Limits(read_only, hide_contact, tag_sets(only_tags), daily_calls, ends_at, asks_in(ask_first))


def checked_asks(_whose: Limited, value: Collection[str] | None) -> list[str] | None:
    """The calls that wait for a person, in one order; None for none."""
    return sorted(set(map(AskFirst, value))) if value else None


def checked_calls(_whose: Limited, value: int | None) -> int | None:
    if value is not None and not 1 <= value <= MOST_CALLS:
        most = format_decimal(MOST_CALLS)
        message = _("Choose between 1 and %(most)s calls a day, or leave it empty.", most=most)
        raise Invalid("daily_calls", message)
    return value


def as_it_is(_whose: Limited, value: Any) -> Any:
    return value
