"""The audit log page: what was done in the account, by whom, and with which app."""

from __future__ import annotations

import uuid
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from blueprints.auth.access_control import allowed, current_member
from blueprints.auth.time_zone import reader_zone
from blueprints.forms.pagination import searched
from blueprints.settings import bp
from blueprints.web.audit_reading import note_reading
from models.accounts import Member
from models.audit import AuditSeal, BeforeImage, Names, Outcome, actions_called, reader_wording, titles_by_group
from models.audit_log import (
    EntryFilter,
    Page,
    RenderedEntry,
    apps_seen_by,
    count_entries,
    log_page,
    members_seen_by,
    rendered_entry,
)
from models.errors import Invalid
from models.permissions import Permission
from models.undo import is_left

FILTERS = ("search", "member", "app", "connection", "action", "outcome", "from", "to")
YEARS = range(2000, 3000)
OUTCOMES = {
    Outcome.ALLOWED: lazy_gettext("Allowed"),
    Outcome.REFUSED: lazy_gettext("Refused"),
    Outcome.FAILED: lazy_gettext("Failed"),
}


@bp.get("/audit")
@allowed(Permission.CONNECT_APPS)
def audit() -> str:
    """Owners see the whole account; other members see what they and their own connections did."""
    reader, wanted = current_member(), wanted_entries()
    page = log_page(reader, wanted, before=given_id("before"), after=given_id("after"))
    actions = titles_by_group(reader_wording())
    shown = render_template(
        "settings/audit.html",
        page=page,
        days=by_day(page.entries),
        wanted=wanted,
        tally=count_entries(reader, wanted),
        typed_action=request.args.get("action", ""),
        links=links(page),
        whole=reader.may(Permission.SEE_WHOLE_AUDIT),
        members=members_seen_by(reader),
        apps=apps_seen_by(reader),
        actions=actions,
        undoable=BeforeImage.of_entries(reader.account_id, [row.entry.id for row in page.entries]),
        titles={action: title for pairs in actions.values() for action, title in pairs},
        outcomes=OUTCOMES,
        exports=exports(),
        names=name_of_connection(reader, wanted),
        seal=AuditSeal.last(reader.account_id),
    )
    note_reading(reader)
    return shown


@bp.get("/audit/<uuid:entry_id>")
@allowed(Permission.CONNECT_APPS)
def audit_entry(entry_id: uuid.UUID) -> str:
    """One entry, at a permanent address."""
    reader = current_member()
    row = rendered_entry(reader, entry_id)
    shown = render_template(
        "settings/audit_entry.html",
        row=row,
        seal=AuditSeal.over(entry_id),
        undoable=is_left(row.entry, reader),
    )
    note_reading(reader, [row.entry.member_id])
    return shown


def by_day(entries: list[RenderedEntry]) -> list[tuple[date, list[RenderedEntry]]]:
    """The entries of a page by their day in the reader's time zone, in the order of the page."""
    zone = reader_zone()
    return [(day, list(some)) for day, some in groupby(entries, lambda row: row.entry.at.astimezone(zone).date())]


def wanted_entries() -> EntryFilter:
    """The filters; raises `Invalid` for values that none of them offers."""
    since, until = given_day("from"), given_day("to")
    if since and until and until < since:
        raise Invalid("to", _("The last day is before the first day. Swap them."))
    return EntryFilter(
        member_id=given_id("member"),
        client_id=given_id("app"),
        connection_id=given_id("connection"),
        actions=given_actions(),
        outcome=given_word("outcome", Outcome),
        since=since,
        until=until,
        zone=reader_zone(),
        words=searched(),
    )


def name_of_connection(reader: Member, wanted: EntryFilter) -> Names:
    """The name of the selected connection, if this member may see it."""
    names = Names.of(reader.account_id, {("connection", wanted.connection_id)} if wanted.connection_id else ())
    known = reader.may(Permission.SEE_WHOLE_AUDIT) or names.owner(wanted.connection_id) == reader.id
    return names if known else Names({})


def given_id(name: str) -> uuid.UUID | None:
    value = request.args.get(name, "")
    try:
        return uuid.UUID(value) if value else None
    except ValueError:
        raise Invalid(name, _("This link does not match the audit log. Start again from the newest entries.")) from None


def given_day(name: str) -> date | None:
    value = request.args.get(name, "").strip()
    try:
        day = date.fromisoformat(value) if value else None
    except ValueError:
        raise Invalid(name, _("Enter a day as year, month and day, such as 2026-07-28.")) from None
    if day and day.year not in YEARS:
        first, last = f"{YEARS[0]}-01-01", f"{YEARS[-1]}-12-31"
        raise Invalid(name, _("Choose a day from %(first)s to %(last)s.", first=first, last=last))
    return day


def given_word(name: str, words: type[StrEnum]) -> str | None:
    value = request.args.get(name, "")
    if value and value not in set(words):
        raise Invalid(name, _("This link does not match the audit log. Start again from the newest entries."))
    return value or None


def given_actions() -> tuple[str, ...]:
    """The actions that the typed name means; raises `Invalid` if there is none."""
    typed = request.args.get("action", "").strip()
    actions = actions_called(typed, reader_wording()) if typed else ()
    if typed and not actions:
        raise Invalid("action", _("No action has this name. Choose one from the list, or a part of its name."))
    return actions


def links(page: Page) -> dict[str, str | None]:
    """Links to the newer and the older entries, with the same filters."""

    def link(**place: Any) -> str:
        return url_for(".audit", **filters(), **place)

    return {
        "newer": link(after=page.newer) if page.newer else None,
        "older": link(before=page.older) if page.older else None,
    }


def exports() -> dict[str, str]:
    """The address that exports what the current filters show."""
    return {kind: url_for(".export_audit", format=kind, **filters()) for kind in ("jsonl", "csv")}


def filters() -> dict[str, Any]:
    return {name: request.args[name] for name in FILTERS if request.args.get(name)}
