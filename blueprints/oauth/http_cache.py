"""How long a response may be cached by HTTP's rules (RFC 9111 §4.2, §5.2), at most a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = timedelta(days=1)
USUAL = timedelta(minutes=10)
"""For a response without cache headers."""


def fresh_for(headers: Mapping[str, str], now: datetime) -> timedelta:
    """Seconds for which the response with these headers (lower-case names) is fresh; zero: not at all."""
    said = directives(headers.get("cache-control", ""))
    if {"no-store", "no-cache"} & said.keys():
        return timedelta()
    if "max-age" in said:
        # RFC 9111 §4.2.1: an unreadable value counts as stale.
        return bounded(seconds(said["max-age"]) - seconds(headers.get("age", "0")))
    if "expires" in headers:
        return until(headers["expires"], headers.get("date"), now)
    return USUAL


def directives(value: str) -> dict[str, str]:
    parts = (part.partition("=") for part in value.lower().split(","))
    return {name.strip(): given.strip().strip('"') for name, _, given in parts if name.strip()}


def seconds(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


def until(expires: str, date: str | None, now: datetime) -> timedelta:
    try:
        end = parsedate_to_datetime(expires)
        start = parsedate_to_datetime(date) if date else now
        return bounded(int((aware(end) - aware(start)).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return timedelta()


def aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def bounded(number: int) -> timedelta:
    return timedelta(seconds=max(0, min(number, int(LONGEST.total_seconds()))))
