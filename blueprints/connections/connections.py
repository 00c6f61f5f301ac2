"""The list of a person's connected apps, in all their accounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import render_template
from flask_login import current_user

from blueprints.auth.access_control import signed_in
from blueprints.connections import bp
from blueprints.connections.devices import place
from blueprints.forms.connection_limits import labels, limit_labels
from models.alarms import Alarm
from models.audit import Names, Thing
from models.connections import Connection, DeniedScope, State
from models.database import in_account
from models.oauth import abandoned_among
from models.request_scope import Limits
from models.scopes import READING


@bp.get("")
@signed_in
def connections() -> str:
    """All connections that this person made: the live ones first, then those that were revoked."""
    known = [State.of(connection) for connection in Connection.of_user(current_user.id)]
    return render_template(
        "connections/connections.html",
        live=[state for state in known if state.connection.active],
        lasting=DeniedScope.lasting_of(current_user.id),
        ended=[state for state in known if not state.connection.active],
        alarms=Alarm.unseen_of(Connection.id.in_([state.connection.id for state in known])),
        names=names_for(known),
        abandoned=abandoned_among([each.id for state in known for each in state.connection.authorizations]),
        cards={state.connection.id: Card.of(state) for state in known if state.connection.active},
        place=place,
    )


@dataclass(frozen=True)
class Card:
    """What an active connection may do now, by its scopes and its limits, its member's and the policy's."""

    allowed: list[str]
    blocked: list[str]
    """Scopes of which its limits leave nothing."""
    read_only: bool
    limits: list[str]

    @classmethod
    def of(cls, state: State) -> Card:
        limits = state.connection.limits.within(state.policy.limits)
        granted = [each.scope for each in state.scopes_with("granted")]
        blocked = [scope for scope in granted if limits.read_only and scope not in READING]
        return cls(
            [scope for scope in granted if scope not in blocked],
            blocked,
            limits.read_only,
            describe_limits(state.connection, limits),
        )


def describe_limits(connection: Connection, limits: Limits) -> list[str]:
    """These limits in a few words each. The tags of an account are not shown without the second factor that it requires."""
    if not limits.only_tags or connection.member.lacks_second_factor:
        return list(limit_labels(replace(limits, only_tags=()), {}))
    with in_account(connection.account_id):
        return list(limit_labels(limits, labels(connection.account_id)))


def names_for(states: Iterable[State]) -> Names:
    """The names of members who paused or revoked these; each is looked up in the account of its connection."""
    known: dict[Thing, str] = {}
    accounts = {state.connection.account_id for state in states}
    for account_id in sorted(accounts):
        things = {thing for state in states if state.connection.account_id == account_id for thing in state.members}
        known |= Names.of(account_id, things).known
    return Names(known)
