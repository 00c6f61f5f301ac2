"""Template filters: dates, durations, scopes, camel-case names, results."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from babel import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.units import format_unit
from flask import Flask
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from jinja2 import pass_context
from jinja2.runtime import Context

from blueprints.auth.time_zone import reader_zone
from models.database import now
from models.instruments import named
from models.permissions import Role, scope_for
from models.reports.circle import circle_alone
from models.reports.text.readings import core_reading, disc_reading, focus_reading, instrument_of, notice_of
from models.scopes import format_scopes
from models.text import current_language, day_in_words, end_in_words, in_words, listed, locale_of, told_apart

UNITS: tuple[tuple[int, Literal["year", "month", "day", "hour", "minute"]], ...] = (
    (31_536_000, "year"),
    (2_592_000, "month"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
)
# Roles are words of the product, stored and shown to programs in English.
ROLES = {"Owner": lazy_gettext("Owner"), "Manager": lazy_gettext("Manager"), "User": lazy_gettext("User")}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        exact=exact,
        day=day,
        short_day=short_day,
        minute=minute,
        clock=clock,
        until=until,
        span=span,
        role=role,
        words=named,
        scope_sentence=scope_sentence,
        in_order=in_order,
        listed=listed,
        circle_alone=circle_alone,
        disc_reading=disc_reading,
        focus_reading=focus_reading,
        core_reading=core_reading,
        instrument=instrument_of,
        notice=notice_of,
        told_apart=told_apart,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def ago(moment: datetime) -> str:
    """A date in words, relative to now: "3 minutes ago", "in 2 days", "just now"."""
    seconds = (now() - moment).total_seconds()
    for size, unit in UNITS:
        if (exactly := abs(seconds) / size) >= 1:
            # What is to come is rounded to the nearest: a link of seven days that was just sent works for seven days, not six.
            count = int(exactly) if seconds > 0 else int(exactly + 0.5)
            away = timedelta(seconds=size * (-count if seconds > 0 else count))
            # Without the threshold it would choose a larger unit by itself, such as weeks.
            return format_timedelta(away, unit, math.inf, add_direction=True, locale=locale())
    return str(_("just now"))


def span(time: timedelta) -> str:
    """A duration in its largest whole unit: "30 days", "1 hour"."""
    seconds = int(time.total_seconds())
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size and seconds % size == 0:
            return format_unit(seconds // size, f"duration-{unit}", locale=locale())
    return format_unit(seconds, "duration-second", locale=locale())


def role(name: str) -> str:
    """A role, in the reader's language."""
    return str(ROLES.get(name, name))


def locale() -> Locale:
    """How the reader writes numbers and days."""
    return locale_of(current_language())


@pass_context
def exact(context: Context, moment: datetime) -> str:
    """A date to the second, in the reader's time zone."""
    return in_words(moment, zone_of(context), seconds=True)


@pass_context
def minute(context: Context, moment: datetime) -> str:
    """A date to the minute, in the reader's time zone."""
    return in_words(moment, zone_of(context))


@pass_context
def clock(context: Context, moment: datetime) -> str:
    """The time of day to the minute, in the reader's time zone: "14:05"."""
    return f"{moment.astimezone(zone_of(context)):%H:%M}"


@pass_context
def day(context: Context, moment: date | datetime) -> str:
    """The day of a moment, in the reader's time zone; or this day."""
    return day_in_words(moment, zone_of(context))


def short_day(day: date) -> str:
    """A day of this year in a narrow place: "3 Dec"."""
    return format_skeleton("MMMd", day, locale=locale())


@pass_context
def until(context: Context, end: datetime) -> str:
    """When something ends, in the reader's time zone: "after 3 December 2026"."""
    return end_in_words(end, zone_of(context))


def zone_of(context: Context) -> tzinfo:
    """The reader's time zone; a mail names that of its recipient."""
    zone: tzinfo = context.get("zone") or reader_zone()
    return zone


def scope_sentence(scope: str, role: str, read_only: bool = False) -> str:
    """What a scope gives an app of a member with this role, in plain words."""
    return str(_(scope_for(Role(role), scope, read_only=read_only).sentence))


def in_order(scopes: Iterable[str]) -> list[str]:
    """Scopes in the order used in every list."""
    return format_scopes(scopes).split()
