"""Writing the audit log: one entry for each thing that was done, refused or failed, written with the change and never changed after.

Entries hold ids and enumerated values, never what people typed; what is personal (address, browser, names at the time, words to
search by) stands in side tables. What of it proves something is bound to its entry by a salted digest, so it can be erased while
the entry still verifies.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Insert, Uuid, bindparam, insert, literal_column, select

from models.audit.actions import Action, Outcome
from models.audit.entry import MOST_RESOURCES, THE_APP, AuditEntry, AuditName, AuditPersonal, Resource, entry_hash
from models.audit.resource_kinds import KINDS
from models.audit.search_words import words_of
from models.database.base import Base, db, new_id, now, table_of
from models.secrets import digest, mint

__all__ = [
    "MOST_RESOURCES",
    "NOBODY",
    "THE_APP",
    "Acting",
    "Action",
    "AuditEntry",
    "AuditPersonal",
    "Call",
    "Outcome",
    "Resource",
    "act_as",
    "acting_in",
    "acting_now",
    "also_acting",
    "one_call",
    "record",
    "record_call",
    "touch",
    "write",
]


@dataclass(frozen=True)
class Acting:
    """Who acts now, through what, and by which request."""

    account_id: uuid.UUID | None = None
    user_id: uuid.UUID | None = None
    member_id: uuid.UUID | None = None
    connection_id: uuid.UUID | None = None
    client_name: str | None = None
    request_id: str | None = None
    address: str | None = None
    user_agent: str | None = None
    revision: str | None = None


NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=NOBODY)


def act_as(acting: Acting) -> None:
    """Say who acts from here on in this thread."""
    _acting.set(acting)


def acting_now() -> Acting:
    """Who acts now."""
    return _acting.get()


def also_acting(**known: Any) -> None:
    """Add what has become known of who acts: the member after sign-in, the connection after its token was read."""
    _acting.set(replace(_acting.get(), **known))


@contextmanager
def acting_in(account_id: uuid.UUID) -> Iterator[None]:
    """A stretch of work that one account's trail keeps, for commands and jobs that go from account to account."""
    before = _acting.get()
    _acting.set(replace(before, account_id=account_id))
    try:
        yield
    finally:
        _acting.set(before)


@dataclass
class Call:
    """A tool call while it runs: what model verbs record meanwhile joins its one entry."""

    tool: str
    scope: str | None = None
    arguments_digest: str | None = None
    resources: list[Resource] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def forget(self) -> None:
        """The work was rolled back: nothing was touched."""
        for collected in (self.resources, self.steps, self.fields):
            collected.clear()
        self.values.clear()
        self.names.clear()


_call: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def one_call(call: Call) -> Iterator[Call]:
    """While this runs, everything recorded belongs to one call."""
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)


def touch(kind: str, ids: Iterable[uuid.UUID]) -> None:
    """Note what a tool call has read. Outside a tool call there is nothing to note."""
    if call := _call.get():
        call.resources.extend((kind, id_) for id_ in ids)


def record(
    action: Action,
    *resources: Resource,
    outcome: Outcome = Outcome.ALLOWED,
    reason: str | None = None,
    scope: str | None = None,
    fields: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
    **acting: Any,
) -> None:
    """Write what was done into the audit log, in the transaction that does it; inside a tool call, add it to that call's entry.

    `acting` names what differs from who acts now, for instance `account_id=…` for the second account of a person.
    """
    if call := _call.get():
        call.steps.append(action)
        call.resources.extend(resources)
        call.fields.extend(fields)
        call.values.update(values or {})
        call.names.update(names or {})
        return
    who = replace(_acting.get(), **acting)
    write(
        db.session.connection(),
        who,
        action=action,
        outcome=outcome,
        reason=reason,
        scope=scope,
        resources=resources,
        fields=fields,
        values=values or {},
        names=names or {},
    )


def record_call(
    connection: DatabaseConnection,
    who: Acting,
    call: Call,
    outcome: Outcome,
    reason: str | None = None,
    duration_us: int | None = None,
) -> None:
    """Write the one entry of a tool call."""
    write(
        connection,
        who,
        action=Action.TOOL_CALLED,
        outcome=outcome,
        reason=reason,
        tool=call.tool,
        scope=call.scope,
        resources=call.resources,
        fields=call.fields,
        values=call.values,
        names=call.names,
        steps=call.steps,
        arguments_digest=call.arguments_digest,
        duration_us=duration_us,
    )


def write(
    connection: DatabaseConnection,
    who: Acting,
    *,
    action: Action,
    outcome: Outcome,
    resources: Sequence[Resource] = (),
    names: Mapping[str, str] | None = None,
    fields: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    steps: Sequence[str] = (),
    **more: Any,
) -> None:
    """Insert one entry and its personal side row. Core statements: this stands on the path of every tool call."""
    if who.account_id is None:
        raise ValueError(f"{action} happens in no account, so no trail can keep it")
    distinct = list(dict.fromkeys(resources))
    named = dict(names or {}) | ({THE_APP: who.client_name} if who.client_name else {})
    personal = {"address": who.address, "user_agent": who.user_agent, "names": named}
    salt = mint("")
    entry: dict[str, Any] = {
        "id": new_id(),
        "account_id": who.account_id,
        "at": now(),
        "action": str(action),
        "outcome": str(outcome),
        "user_id": who.user_id,
        "member_id": who.member_id,
        "connection_id": who.connection_id,
        "client_name": None,
        "tool": None,
        "scope": None,
        "reason": None,
        "resources": [[kind, str(id_)] for kind, id_ in distinct[:MOST_RESOURCES]],
        "resource_count": len(distinct),
        "fields": list(dict.fromkeys(fields)),
        "values": dict(values or {}),
        "steps": [str(step) for step in steps],
        "arguments_digest": None,
        "request_id": who.request_id,
        "revision": who.revision,
        "duration_us": None,
        "personal_digest": digest(personal, salt),
        **more,
    }
    entry["entry_hash"] = entry_hash(entry)
    words = words_of(entry, named)
    beside = {"entry_id": entry["id"], "account_id": who.account_id, "salt": salt, "words": words.own, **personal}
    connection.execute(INSERT_ENTRY, entry)
    connection.execute(INSERT_PERSONAL, beside)
    if words.things:
        called = [{"entry_id": entry["id"], "thing_id": id_, "words": text} for id_, text in words.things.items()]
        connection.execute(INSERT_NAMES, called)
    for kind, ids in words.elsewhere.items():
        about = [{"entry": entry["id"], "account": who.account_id, "thing": id_} for id_ in ids]
        connection.execute(copy_words(kind), about)


@cache
def copy_words(kind: str) -> Insert:
    """Take the words of a thing of this kind, and account, from its own table."""
    known = KINDS[kind]
    table = Base.metadata.tables[known.table]
    columns: tuple[Any, ...] = (
        bindparam("entry", type_=Uuid()),
        table.c.id,
        literal_column("' '") + table.c[known.words],
    )
    there = table.c.account_id == bindparam("account"), table.c.id == bindparam("thing")
    return insert(table_of(AuditName)).from_select(["entry_id", "thing_id", "words"], select(*columns).where(*there))


INSERT_ENTRY = insert(table_of(AuditEntry))
INSERT_PERSONAL = insert(table_of(AuditPersonal))
INSERT_NAMES = insert(table_of(AuditName))
