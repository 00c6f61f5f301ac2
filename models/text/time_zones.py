"""Days and times as people mean them: in the time zone of the person who types or reads them. Databases and programs have UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import format_date, format_time
from flask_babel import gettext as _

from models.text.languages import current_language, locale_of

ONE_DAY = timedelta(days=1)


@cache
def zone_names() -> list[str]:
    """The names of the time zones that people can choose, such as Europe/Berlin."""
    return ["UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/"))]


def zone_called(name: str | None) -> tzinfo | None:
    """The time zone of this name; None if there is none."""
    if name == "UTC":
        return UTC
    return ZoneInfo(name) if name in available_names() else None


@cache
def available_names() -> frozenset[str]:
    # Browsers also name zones that are not offered.
    return frozenset(available_timezones())


def begin_of(day: date, zone: tzinfo) -> datetime:
    """When a day begins, in UTC. Where clocks go forward at midnight, that is when they do."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def end_of(day: date, zone: tzinfo) -> datetime:
    """When a day ends, in UTC: a day can have 23 or 25 hours."""
    return begin_of(day + ONE_DAY, zone)


def last_day(end: datetime, zone: tzinfo) -> date:
    """The last day of what ends at this moment."""
    return (end - timedelta(microseconds=1)).astimezone(zone).date()


def in_words(moment: datetime, zone: tzinfo, *, seconds: bool = False) -> str:
    """A date and time, with the zone: "3 December 2026, 14:05 (Europe/Berlin)"."""
    local, language = moment.astimezone(zone), locale_of(current_language())
    clock = format_time(local, "HH:mm:ss" if seconds else "HH:mm", locale=language)
    named = "UTC" if zone is UTC else f"({zone})"
    return f"{format_date(local, 'long', language)}, {clock} {named}"


def day_in_words(day: date | datetime, zone: tzinfo) -> str:
    """The day of a moment, or this day: "3 December 2026"."""
    local = day.astimezone(zone) if isinstance(day, datetime) else day
    return format_date(local, "long", locale_of(current_language()))


def end_in_words(end: datetime, zone: tzinfo) -> str:
    """When something ends: "after 3 December 2026", or with the time where that is not the end of a day in this zone."""
    day = last_day(end, zone)
    if end == end_of(day, zone):
        return str(_("after %(day)s", day=day_in_words(day, zone)))
    return str(_("on %(moment)s", moment=in_words(end, zone)))
