"""What limits or a policy would have stopped: the calls of the last 30 days, tried again by the rules that refuse calls.

An entry of the audit log keeps the tool, its scopes and how many things it was about, but neither the inputs nor the tags that people had
then. Where that is not enough, the call counts among those of which it cannot be said.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, literal, or_, select

from models.approvals import ToolKind, kind_asked
from models.audit import Action, AuditEntry, Outcome, first_id
from models.connections import Connection, ConnectionPolicy, blocked_by_policy
from models.database import db, in_account, now, table_of
from models.oauth import rule_against
from models.permissions import Permission, Role
from models.request_scope import MANY_AT_ONCE, Limits
from models.scopes import ALL_SCOPES

DAYS = 30
MOST = 10_000
"""How many of the newest entries are looked through."""
NAMES_SOMETHING = frozenset(["profile_id", "profile_ids", "resource_id", "alias_id", "tag_id", "email", "alias"])
"""Inputs that name somebody, or what somebody has: under a limit to tags, what they name may not exist."""
NAMES_CONTACT = frozenset(["email", "consumer_key", "custom_id", "alias"])
"""Inputs that can be an address or a phone number, which some limits refuse."""
CHOSEN = frozenset(["read_only", "daily", "ask_first", "denied", "too_many_waiting", "policy", "policy_scope"])
"""Refusals by what is chosen on these pages."""
NO_LIMIT = 2**31 - 1

entries, connections = table_of(AuditEntry).c, table_of(Connection).c


class Unsaid(StrEnum):
    """Why it cannot be said of a call whether it would have run."""

    TAGS = "tags"
    """The tags that people had then are not stored."""
    CONTACT = "contact"
    """The inputs are not stored, so neither is whether one was an address."""
    PEOPLE = "people"
    """How many profiles it would have changed is not stored."""
    OTHER = "other"
    """Its tool is gone, only some devices of the app are blocked, or the day is not looked through from its beginning."""


class Tool(ToolKind, Protocol):
    """What a tool says about its calls."""

    @property
    def may(self) -> Permission: ...
    @property
    def needs(self) -> str: ...
    @property
    def needs_if(self) -> Mapping[str, str]: ...
    def inputs_with(self, scopes: Collection[str]) -> frozenset[str]: ...


@dataclass(frozen=True)
class Tried:
    """A connection as it would be if the choices were saved."""

    role: Role
    limits: Limits
    most: frozenset[str]
    granted: frozenset[str]
    blocked: str | None = None
    in_part: bool = False
    """Whether some of its devices would be blocked, and others not."""
    day_is_over: bool = False

    @classmethod
    def of(cls, connection: Connection, limits: Limits, policy: ConnectionPolicy) -> Tried:
        """This connection with these limits of its own, under this policy."""
        return cls(
            role=Role(connection.member.role),
            limits=limits.within(policy.limits),
            most=ALL_SCOPES if policy.scopes is None else policy.scopes,
            granted=connection.ceiling,
        )

    @classmethod
    def under(cls, connection: Connection, policy: ConnectionPolicy) -> Tried:
        """This connection as it is, under this policy, which may block it."""
        tried = cls.of(connection, connection.limits, policy)
        devices = connection.live_authorizations or connection.authorizations
        out = {blocked_by_policy(connection, each, policy) for each in devices}
        if out == {True}:
            return replace(tried, blocked="policy")
        needed = policy.second_factor or connection.account.second_factor_required
        if needed and not connection.member.user.has_second_factor:
            return replace(tried, blocked="second_factor")
        return replace(tried, in_part=len(out) > 1)


@dataclass
class Tally:
    """The calls of one connection that were carried out, and those that would not have been."""

    calls: int = 0
    stopped: int = 0


@dataclass
class Rehearsal:
    """What would have become of the calls that were carried out."""

    stopped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many would not have run, by tool and rule."""
    unsaid: Counter[Unsaid] = field(default_factory=Counter)
    freed: int = 0
    """How many were refused or had to wait then, and would have run."""
    since: datetime | None = None
    """When the oldest entry was written that was looked at, if there are older ones of these 30 days."""
    tallies: dict[uuid.UUID, Tally] = field(default_factory=dict)
    """By connection."""

    @property
    def calls(self) -> int:
        """How many calls were carried out."""
        return sum(tally.calls for tally in self.tallies.values())

    @property
    def affected(self) -> list[tuple[uuid.UUID, Tally]]:
        """The connections with calls that would not have run, most first."""
        found = [(id_, tally) for id_, tally in self.tallies.items() if tally.stopped]
        return sorted(found, key=lambda each: -each[1].stopped)


Tools = Mapping[str, Tool]


def rehearse_limits(connection: Connection, limits: Limits, tools: Tools) -> Rehearsal:
    """The last calls of a connection, under these limits of its own."""
    tried = Tried.of(connection, limits, ConnectionPolicy.of(connection.account_id))
    most = tried.limits.daily_calls
    own = entries.connection_id == connection.id
    with in_account(connection.account_id):
        log = Log(own, None if most is None else literal(most))
        return log.rehearse(lambda _ids: {connection.id: tried}, tools)


def rehearse_policy(policy: ConnectionPolicy, tools: Tools) -> Rehearsal:
    """The last calls of every connection of an account that can still call, under this policy."""
    account_id = policy.account_id

    def under_policy(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Tried]:
        found = db.session.scalars(
            select(Connection).where(Connection.account_id == account_id, Connection.id.in_(ids))
        )
        return {each.id: Tried.under(each, policy) for each in found if each.active}

    with in_account(account_id):
        log = Log(and_(entries.account_id == account_id, entries.connection_id.is_not(None)), most_of_all(policy))
        return log.rehearse(under_policy, tools)


def most_of_all(policy: ConnectionPolicy) -> ColumnElement[int] | None:
    """The calls of a day of each connection, as an expression; None if no connection has a limit."""
    limited = select(connections.id).where(
        connections.account_id == policy.account_id, connections.daily_calls.is_not(None)
    )
    if db.session.scalar(limited.limit(1)) is None:
        return None if policy.daily_calls is None else literal(policy.daily_calls)
    own, most = func.coalesce(connections.daily_calls, NO_LIMIT), policy.daily_calls or NO_LIMIT
    smaller = select(case((own < most, own), else_=most)).where(connections.id == entries.connection_id)
    return smaller.scalar_subquery()


@dataclass(frozen=True)
class Log:
    """The calls to look at, and how many each connection may make in a day."""

    which: ColumnElement[bool]
    most: ColumnElement[int] | None

    def rehearse(
        self, callers: Callable[[Collection[uuid.UUID]], Mapping[uuid.UUID, Tried]], tools: Tools
    ) -> Rehearsal:
        first = first_id(now() - timedelta(days=DAYS))
        # The index of the log alone answers this.
        newest = select(entries.id).where(self.which, entries.id >= first).order_by(entries.id.desc())
        beyond = db.session.scalar(newest.offset(MOST).limit(1))
        found = Rehearsal(since=None if beyond is None else moment_of(beyond))
        groups = db.session.execute(self._groups(first if beyond is None else beyond, found.since)).all()
        tried = callers({row.connection_id for row in groups})
        for row in groups:
            if row.connection_id in tried:
                add(found, row, tried[row.connection_id], tools)
        return found

    def _groups(self, after: uuid.UUID, since: datetime | None) -> Select[Any]:
        """The calls after this entry, counted by all that decides about them."""
        calls = (
            self.which,
            entries.id > after,
            entries.action == Action.TOOL_CALLED,
            # A day does not count these.
            or_(entries.reason.is_(None), entries.reason != "too_fast"),
        )
        columns: dict[str, ColumnElement[Any]] = {
            "connection_id": entries.connection_id,
            "tool": entries.tool,
            "outcome": entries.outcome,
            "reason": entries.reason,
            "scope": entries.scope,
            "many": entries.resource_count > MANY_AT_ONCE + 1,
        }
        by_day: dict[str, ColumnElement[Any]] = {"over": false(), "cut": false()}
        if self.most is not None:
            by_day["over"] = self._number_in_day() > self.most
            by_day["cut"] = false() if since is None else entries.at < end_of_day(since)
            columns |= by_day
        each = select(*(column.label(name) for name, column in columns.items())).where(*calls).subquery()
        constant = [] if self.most is not None else [column.label(name) for name, column in by_day.items()]
        return select(*each.c, *constant, func.count().label("number")).group_by(*each.c)

    def _number_in_day(self) -> ColumnElement[int]:
        on_postgresql = db.engine.dialect.name == "postgresql"
        day = func.date(func.timezone("UTC", entries.at) if on_postgresql else entries.at)
        return func.row_number().over(partition_by=(entries.connection_id, day), order_by=entries.id)


def moment_of(entry_id: uuid.UUID) -> datetime:
    return datetime.fromtimestamp((entry_id.int >> 80) / 1_000, UTC)


def end_of_day(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + timedelta(days=1), time(), UTC)


def add(found: Rehearsal, row: Row[Any], tried: Tried, tools: Tools) -> None:
    """Count the calls of this group."""
    tool = tools.get(row.tool)
    if row.outcome == Outcome.ALLOWED:
        tally = found.tallies.setdefault(row.connection_id, Tally())
        tally.calls += row.number
        verdict = Unsaid.OTHER if tool is None else judge(row, tried, tool, frozenset((row.scope or "").split()))
        if isinstance(verdict, Unsaid):
            found.unsaid[verdict] += row.number
        elif verdict is not None:
            found.stopped[row.tool, verdict] += row.number
            tally.stopped += row.number
    elif tool is not None and row.reason in CHOSEN and not (row.reason == "policy_scope" and tool.needs_if):
        # That refusal names the missing scopes alone.
        needed = frozenset((row.scope or "").split()) | {tool.needs}
        found.freed += row.number if judge(row, tried, tool, needed) is None else 0


def judge(row: Row[Any], tried: Tried, tool: Tool, needed: frozenset[str]) -> str | Unsaid | None:
    """The rule that would have stopped these calls; None if they would have run."""
    rule = rule_against(replace(tried, day_is_over=bool(row.over)), tool, needed)
    if rule is not None:
        return rule
    limits, inputs = tried.limits, tool.inputs_with(needed)
    if kind_asked(tool, MANY_AT_ONCE + 1 if row.many else 0, limits.ask_first):
        return "ask_first"
    if kind_asked(tool, MANY_AT_ONCE + 1, limits.ask_first):
        return Unsaid.PEOPLE
    if limits.only_tags and inputs & NAMES_SOMETHING:
        return Unsaid.TAGS
    if limits.hide_contact and inputs & NAMES_CONTACT:
        return Unsaid.CONTACT
    return Unsaid.OTHER if tried.in_part or row.cut else None
