"""The list of a person's connected apps, in all their accounts."""

from __future__ import annotations

from collections.abc import Iterable

from flask import render_template
from flask_login import current_user

from blueprints.auth.access_control import signed_in
from blueprints.connections import bp
from blueprints.connections.devices import place
from blueprints.forms.connection_limits import labels, limit_labels
from config import current_settings
from models.audit import Names, Thing
from models.connections import Connection, DeniedScope, State
from models.database import in_account


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
        names=names_for(known),
        limits_of={state.connection.id: describe_limits(state) for state in known},
        place=place,
        mcp_url=current_settings().mcp_url,
    )


def describe_limits(state: State) -> list[str]:
    """The limits that apply to a connection, its member's and the policy's. Without a second factor that the account requires,
    its tags are not shown, as on the connection's own page."""
    connection = state.connection
    if not connection.active or connection.member.lacks_second_factor:
        return []
    limits = connection.limits.within(state.policy.limits)
    if not limits.only_tags:
        return list(limit_labels(limits, {}))
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
