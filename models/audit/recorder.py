"""Writing the audit log: one entry for each thing done, refused or failed, in the same transaction. Entries never change.

Entries hold ids and enumerated values, never what people typed. Personal data (address, browser, names at the time,
search words) is in side tables. The part of it that proves something is bound to its entry by a salted digest, so it
can be erased while the entry still verifies.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Uuid, bindparam, insert, literal_column, select

from models.audit.actions import Action, Outcome
from models.audit.before_image import Image, keep
from models.audit.entry import (
    ANSWER,
    MOST_RESOURCES,
    NEW_NAME,
    PEOPLE,
    SENT_REQUEST_ID,
    THE_APP,
    AuditEntry,
    AuditName,
    AuditPersonal,
    entry_hash,
)
from models.audit.resource_kinds import KINDS
from models.audit.search_words import words_of
from models.database import Base, Prepared, new_id, shared_now, table_of
from models.metrics import Counter
from models.request_scope import Actor, Call, Resource, current_scope
from models.secrets import digest, keyed_digest, mint

__all__ = [
    "MOST_RESOURCES",
    "NEW_NAME",
    "THE_APP",
    "Action",
    "AuditEntry",
    "AuditPersonal",
    "Outcome",
    "record",
    "record_call",
    "touch",
    "write",
]


ENTRIES = Counter("profile_audit_entries", "Entries written to audit logs, by their outcome.", outcome=[*Outcome])


def touch(kind: str, ids: Iterable[uuid.UUID]) -> None:
    """Note what the answer of a tool call holds. Outside a tool call this does nothing."""
    if call := current_scope().call:
        call.resources.extend((kind, id_) for id_ in ids)
        call.people_in_answer = call.people_in_answer or kind == "profile"


def record(
    action: Action,
    *resources: Resource,
    outcome: Outcome = Outcome.ALLOWED,
    reason: str | None = None,
    scope: str | None = None,
    fields: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    names: Mapping[str, str] | None = None,
    account_id: uuid.UUID | None = None,
    by: Actor | None = None,
    kept: Sequence[Image] = (),
) -> None:
    """Write an entry in the current transaction; inside a tool call, add it to that call's entry.

    `kept` are the images by which the change can be taken back.
    `by` is the actor if it is not the one of the scope, and `account_id` the account of the entry if it is another one.
    The entry of a tool call has its own outcome, actor and account: passing others there raises a `ValueError`.
    """
    scope_now = current_scope()
    who = by or scope_now.actor
    who = who if account_id is None else who.acting_for(account_id)
    if call := scope_now.call:
        if (outcome, reason, scope, who) != (Outcome.ALLOWED, None, None, scope_now.actor):
            raise ValueError(
                f"{action} is a step of the tool call {call.tool}, whose entry says how it ended and who acted"
            )
        call.steps.append(action)
        call.resources.extend(resources)
        call.fields.extend(fields)
        call.values.update(values or {})
        call.names.update(names or {})
        call.kept.extend(kept)
        return
    write(
        who,
        action=action,
        outcome=outcome,
        reason=reason,
        scope=scope,
        resources=resources,
        fields=fields,
        values=values or {},
        names=names or {},
        kept=kept,
    )


def record_call(
    who: Actor,
    call: Call,
    outcome: Outcome,
    reason: str | None = None,
    duration_us: int | None = None,
) -> None:
    """Write the one entry of a tool call."""
    call.entry_id = call.entry_id or new_id(shared_now())
    write(
        who,
        id=call.entry_id,
        action=Action.TOOL_CALLED,
        outcome=outcome,
        reason=reason,
        tool=call.tool,
        scope=call.scope,
        resources=call.resources,
        fields=call.fields,
        values=call.values | answered(call),
        names=call.names | call.sent_names,
        steps=call.steps,
        kept=call.kept,
        sent=call.sent,
        duration_us=duration_us,
    )


def answered(call: Call) -> dict[str, str]:
    """For a change to people, whether their data was in the answer too. Of tools that only read, the resources say it."""
    if not call.steps or all(kind != "profile" for kind, _ in call.resources):
        return {}
    return {ANSWER: PEOPLE if call.people_in_answer else "confirmation"}


def write(
    who: Actor,
    *,
    action: Action,
    outcome: Outcome,
    resources: Sequence[Resource] = (),
    names: Mapping[str, str] | None = None,
    fields: Sequence[str] = (),
    values: Mapping[str, Any] | None = None,
    steps: Sequence[str] = (),
    kept: Sequence[Image] = (),
    sent: Any = None,
    **more: Any,
) -> None:
    """Insert one entry and its personal data. Core statements, since every tool call runs this."""
    if who.account_id is None:
        raise ValueError(f"{action} happens in no account, so no audit log can keep it")
    distinct = list(dict.fromkeys(resources))
    own = {THE_APP: who.client_name, SENT_REQUEST_ID: who.sent_request_id}
    named = dict(names or {}) | {key: text for key, text in own.items() if text}
    personal = {"address": who.address, "user_agent": who.user_agent, "names": named}
    salt, moment = mint(""), shared_now()
    entry: dict[str, Any] = {
        "id": new_id(moment),
        "account_id": who.account_id,
        "at": moment,
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
        "arguments_digest": None if sent is None else keyed_digest("arguments", [salt, sent]),
        "request_id": who.request_id,
        "revision": who.revision,
        "duration_us": None,
        "personal_digest": digest(personal, salt),
        **more,
    }
    entry["entry_hash"] = entry_hash(entry)
    words = words_of(entry, named)
    beside = {"entry_id": entry["id"], "account_id": who.account_id, "salt": salt, "words": words.own, **personal}
    INSERT_ENTRY.run(entry)
    INSERT_PERSONAL.run(beside)
    ENTRIES.add(entry["outcome"])
    for id_, text in words.things.items():
        INSERT_NAME.run({"entry_id": entry["id"], "thing_id": id_, "words": text})
    for kind, ids in words.elsewhere.items():
        for id_ in ids:
            copy_words(kind).run({"entry": entry["id"], "account": who.account_id, "thing": id_})
    if kept:
        keep(who.account_id, entry["id"], who.connection_id, kept)


@cache
def copy_words(kind: str) -> Prepared:
    """Copy the words of a thing of this kind, and its account, from its own table."""
    known = KINDS[kind]
    table = Base.metadata.tables[known.table]
    columns: tuple[Any, ...] = (
        bindparam("entry", type_=Uuid()),
        table.c.id,
        literal_column("' '") + table.c[known.words],
    )
    there = table.c.account_id == bindparam("account"), table.c.id == bindparam("thing")
    copied = select(*columns).where(*there)
    return Prepared(insert(table_of(AuditName)).from_select(["entry_id", "thing_id", "words"], copied))


INSERT_ENTRY, INSERT_PERSONAL, INSERT_NAME = (
    Prepared(insert(table_of(model)), table_of(model).c.keys()) for model in (AuditEntry, AuditPersonal, AuditName)
)
