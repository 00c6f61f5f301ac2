"""Template filters: dates, scopes, camel-case names, results."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from flask import Flask

from models.database import now
from models.reports.text.readings import core_reading, disc_reading, focus_reading, instrument_of, notice_of
from models.scopes import SCOPES, format_scopes
from models.text import spaced, told_apart

UNITS = ((31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(
        ago=ago,
        exact=exact,
        day=day,
        words=spaced,
        scope_sentence=scope_sentence,
        in_order=in_order,
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
        if (count := int(abs(seconds) // size)) >= 1:
            span = f"{count} {unit}{'s' if count > 1 else ''}"
            return f"{span} ago" if seconds > 0 else f"in {span}"
    return "just now"


def exact(moment: datetime) -> str:
    """A date to the second, in UTC."""
    return moment.strftime("%-d %B %Y, %H:%M:%S UTC")


def day(moment: datetime) -> str:
    """The day of a date, in UTC."""
    return moment.strftime("%-d %B %Y")


def scope_sentence(scope: str) -> str:
    """What a scope means, in plain words."""
    return SCOPES[scope].sentence


def in_order(scopes: Iterable[str]) -> list[str]:
    """Scopes in the order used in every list."""
    return format_scopes(scopes).split()
