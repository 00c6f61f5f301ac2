"""Trying limits and policies before they are saved: what an app could do, and which of its recent calls would have been stopped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app, request
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from blueprints.forms.reach import Reach, reach_of
from models.accounts import Member
from models.audit import begin
from models.audit.recorded_words import REASONS
from models.audit_log import Rehearsal, Unsaid, rehearse_limits, rehearse_policy
from models.connections import Connection, ConnectionPolicy, limits_with
from models.database import db
from models.request_scope import current_scope
from models.scopes import ALL_SCOPES

TRY = "try"
NAMED = 20


def trying() -> bool:
    """Whether the form is only tried out. Then nothing is written, and nobody who writes waits for it."""
    if request.method != "POST" or TRY not in request.form:
        return False
    db.session.commit()
    current_scope().begin_reading()
    return True


@dataclass(frozen=True)
class Affected:
    """A connection with calls that would have been stopped."""

    connection: Connection
    stopped: int
    calls: int


@dataclass(frozen=True)
class Tried:
    """What a page shows about choices that are not saved."""

    reach: Reach
    """What an app could do under them; for a policy, at most."""
    found: Rehearsal
    affected: list[Affected]
    """The connections with the most calls that would have been stopped, of a policy."""

    @property
    def sentence(self) -> str:
        """How many of the last calls would have been stopped."""
        calls, stopped = self.found.calls, self.found.stopped.total()
        if not calls:
            return str(_("No calls were made in the last 30 days."))
        if not stopped and not self.found.unsaid:
            return str(
                ngettext(
                    "The only call of the last 30 days would have run.",
                    "All %(count)s calls of the last 30 days would have run.",
                    calls,
                    count=format_decimal(calls),
                )
            )
        return str(
            ngettext(
                "%(stopped)s of %(calls)s call of the last 30 days would have been stopped.",
                "%(stopped)s of %(calls)s calls of the last 30 days would have been stopped.",
                calls,
                calls=format_decimal(calls),
                stopped=format_decimal(stopped),
            )
        )

    @property
    def rows(self) -> list[tuple[str, str, int]]:
        """The calls that would have been stopped: the tool, why, and how many, most first."""
        return [(tool, why(rule), number) for (tool, rule), number in self.found.stopped.most_common()]

    @property
    def more_affected(self) -> int:
        """How many affected connections are not named."""
        return len(self.found.affected) - len(self.affected)

    @property
    def remarks(self) -> Iterator[str]:
        """What else can be said about the calls, and what cannot."""
        if freed := self.found.freed:
            yield ngettext(
                "%(shown)s call that was refused or had to wait would have run.",
                "%(shown)s calls that were refused or had to wait would have run.",
                freed,
                shown=format_decimal(freed),
            )
        for unsaid, number in self.found.unsaid.most_common():
            yield say_why_not(unsaid, number)


def why(rule: str) -> str:
    if rule == "scope":
        return str(_("It does not have the scope for it"))
    return begin(_(REASONS[rule]))


def say_why_not(unsaid: Unsaid, number: int) -> str:
    shown = format_decimal(number)
    match unsaid:
        case Unsaid.TAGS:
            return str(
                ngettext(
                    "%(shown)s call cannot be checked: the audit log does not keep which tags people had at the time.",
                    "%(shown)s calls cannot be checked: the audit log does not keep which tags people had at the time.",
                    number,
                    shown=shown,
                )
            )
        case Unsaid.CONTACT:
            return str(
                ngettext(
                    "%(shown)s call cannot be checked: the audit log does not keep which addresses and aliases the app sent.",
                    "%(shown)s calls cannot be checked: the audit log does not keep which addresses and aliases the app sent.",
                    number,
                    shown=shown,
                )
            )
        case Unsaid.PEOPLE:
            return str(
                ngettext(
                    "%(shown)s call cannot be checked: the audit log does not keep how many profiles it was for.",
                    "%(shown)s calls cannot be checked: the audit log does not keep how many profiles they were for.",
                    number,
                    shown=shown,
                )
            )
        case Unsaid.OTHER:
            return str(
                ngettext(
                    "%(shown)s call cannot be checked: its entry in the audit log does not say enough.",
                    "%(shown)s calls cannot be checked: their entries in the audit log do not say enough.",
                    number,
                    shown=shown,
                )
            )


def try_limits(connection: Connection, wanted: Mapping[str, Any]) -> Tried:
    """This connection with these limits; raises `Invalid` for limits that could not be saved."""
    limits, policy = limits_with(connection, **wanted), ConnectionPolicy.of(connection.account_id)
    scopes = connection.ceiling & (ALL_SCOPES if policy.scopes is None else policy.scopes)
    reach = reach_of(connection.member, scopes, limits.within(policy.limits))
    return Tried(reach, rehearse_limits(connection, limits, tools()), [])


def try_policy(owner: Member, present: ConnectionPolicy, wanted: Mapping[str, Any]) -> Tried:
    """Every connection of the account under this policy; raises `Invalid` for a policy that could not be saved."""
    policy = present.with_changes(**wanted)
    reach = reach_of(owner, ALL_SCOPES if policy.scopes is None else policy.scopes, policy.limits)
    found = rehearse_policy(policy, tools())
    return Tried(reach, found, list(name_affected(found, present.account_id)))


def name_affected(found: Rehearsal, account_id: UUID) -> Iterator[Affected]:
    first = found.affected[:NAMED]
    ids = [id_ for id_, _tally in first]
    known = {
        each.id: each
        for each in db.session.scalars(
            select(Connection).where(Connection.account_id == account_id, Connection.id.in_(ids))
        )
    }
    for id_, tally in first:
        yield Affected(known[id_], tally.stopped, tally.calls)


def tools() -> dict[str, Any]:
    return {tool.name: tool for tool in current_app.extensions["tools"]}
