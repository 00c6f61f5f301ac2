"""One connection: what it is, what it may do and has done, and how to restrict it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import g, render_template, url_for

from blueprints.auth.access_control import current_member, signed_in
from blueprints.connections import bp
from blueprints.connections.calls import waiting_calls
from blueprints.connections.devices import place
from blueprints.connections.lookup import ask_for_factor, find_visible, is_own, viewer_of
from blueprints.forms.alarms import alarm_choices
from blueprints.forms.connection_limits import asks_in_words, labels, tags_in_words
from blueprints.forms.pagination import page_number, pages
from blueprints.web.audit_reading import note_reading
from models.accounts import Member
from models.alarms import Alarm
from models.audit import Names, begin
from models.audit_log import calls_by_day, recent_entries, scale_of
from models.connections import (
    LOOKED_THROUGH,
    Connection,
    State,
    blocked_by_policy,
    hosts_proven,
    people_page,
    people_read,
    places_of,
)
from models.connections.networks import KEPT, MOST
from models.database import in_account
from models.oauth import abandoned_among
from models.request_scope import current_scope
from models.undo import has_changes

FIRST, ROWS = 20, 100


@bp.get("/<uuid:connection_id>")
@signed_in
def connection(connection_id: UUID) -> str:
    """Its member can see and change it; an Owner of its account can see, pause or revoke it."""
    found = find_visible(connection_id)
    viewer = viewer_of(found)
    with in_account(found.account_id), current_scope().limited_to(viewer.limits):
        state = State.of(found)
        # A person without the second factor that the account requires can stop their own app, but sees no data of people.
        activity = {} if viewer.lacks_second_factor else describe_activity(viewer, found)
        shown = render_template(
            "connections/connection.html",
            connection=found,
            state=state,
            policy=state.policy,
            alarm_choices=alarm_choices(found, state.policy),
            viewer=viewer,
            own=is_own(found),
            names=Names.of(found.account_id, state.members),
            place=place,
            blocked_by_policy=blocked_by_policy,
            hosts=hosts_proven(found),
            abandoned=abandoned_among([each.id for each in found.authorizations]),
            elsewhere=elsewhere(found),
            locked_out=viewer.lacks_second_factor,
            alarms=Alarm.unseen_of(Connection.id == found.id),
            waiting=[] if viewer.lacks_second_factor else waiting_calls(viewer, found),
            **activity,
        )
    note_activity(found)
    return shown


def note_activity(found: Connection) -> None:
    """An Owner who sees what another member's app did, and to whom, reads that member's part of the audit log."""
    if not is_own(found):
        note_reading(current_member(), [found.member_id])


def describe_activity(viewer: Member, found: Connection) -> dict[str, Any]:
    """What it did, where and to whom, for members who may see people's data in this account."""
    days = calls_by_day(found.id)
    return {
        "days": days,
        "scale": scale_of(days),
        "recent": recent_entries(viewer, found),
        "changed": has_changes(found),
        "read": people_read(found),
        "people": people_page(found, page=1, rows=FIRST),
        "looked_through": LOOKED_THROUGH,
        "places": places_of(found),
        "most_places": MOST,
        "places_kept": KEPT,
        "tags": labels(found.account_id),
        "tags_in_words": tags_in_words,
        "asks_in_words": lambda chosen: begin(asks_in_words(chosen)),
    }


@bp.get("/<uuid:connection_id>/people")
@signed_in
def people(connection_id: UUID) -> str:
    """The people whose data it read, page by page."""
    found = find_visible(connection_id)
    viewer = viewer_of(found)
    ask_for_factor(viewer, found)
    # Another account than the current one may show them other people.
    with in_account(found.account_id), current_scope().limited_to(viewer.limits):
        read, page = people_read(found), page_number()
        last = pages(read.present, ROWS)
        shown = render_template(
            "connections/people.html",
            connection=found,
            read=read,
            people=people_page(found, page, ROWS),
            page=page,
            looked_through=LOOKED_THROUGH,
            elsewhere=elsewhere(found),
            previous=url_for(".people", connection_id=connection_id, page=page - 1) if page > 1 else None,
            next=url_for(".people", connection_id=connection_id, page=page + 1) if page < last else None,
        )
    note_activity(found)
    return shown


def elsewhere(found: Connection) -> bool:
    """Whether it belongs to an account other than the current one, so that links into that account would fail."""
    return g.member is None or bool(g.member.account_id != found.account_id)
