"""The audit trail: one entry for each thing that was done, refused or failed, written with the change and never changed after.

Entries hold ids and enumerated values, never what people typed; what is personal (address, browser, names at the time) stands in a
side table, bound to its entry by a salted digest, so that it can be erased while the entry still verifies.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection as DatabaseConnection
from sqlalchemy import Index, insert
from sqlalchemy.orm import Mapped, mapped_column

from models.database.base import Base, Id, Moment, db, new_id, now, table_of
from models.request_scope import Actor, Call, Resource, current_scope
from models.secrets import digest, mint

MOST_RESOURCES = 200
# No id, and nothing that anybody could search for.
THE_APP = "@"


class Action(StrEnum):
    """What can be done. These words are history: they never change meaning, and retired ones stay here as comments."""

    SIGNED_IN = "person.signed_in"
    SIGN_IN_FAILED = "person.sign_in_failed"
    SIGNED_OUT = "person.signed_out"
    PERSON_CHANGED = "person.changed"
    PERSON_EXPORTED = "person.exported"
    PERSON_DELETED = "person.deleted"
    SIGNED_OUT_ELSEWHERE = "person.signed_out_elsewhere"
    CONFIRMED = "person.confirmed"
    PASSWORD_CHANGED = "person.password_changed"  # noqa: S105
    PASSWORD_RESET_ASKED = "person.password_reset_asked"  # noqa: S105
    PASSWORD_RESET = "person.password_reset"  # noqa: S105
    EMAIL_CHANGE_ASKED = "person.email_change_asked"
    EMAIL_CHANGED = "person.email_changed"
    PASSKEY_ADDED = "person.passkey_added"
    PASSKEY_RENAMED = "person.passkey_renamed"
    PASSKEY_REMOVED = "person.passkey_removed"
    PASSKEY_REFUSED = "person.passkey_refused"
    APP_ADDED = "person.authenticator_added"
    APP_REMOVED = "person.authenticator_removed"
    RECOVERY_CODES_MADE = "person.recovery_codes_made"
    RECOVERY_CODE_USED = "person.recovery_code_used"
    SECOND_FACTOR_FAILED = "person.second_factor_failed"
    FACTORS_FORGOTTEN = "person.factors_forgotten"
    ACCOUNT_CREATED = "account.created"
    ACCOUNT_CHANGED = "account.changed"
    EXPORT_ASKED = "account.export_asked"
    EXPORT_MADE = "account.export_made"
    EXPORT_FAILED = "account.export_failed"
    EXPORT_DOWNLOADED = "account.export_downloaded"
    EXPORT_REMOVED = "account.export_removed"
    DELETION_ASKED = "account.deletion_asked"
    DELETION_CANCELLED = "account.deletion_cancelled"
    ACCOUNT_DELETED = "account.deleted"
    MEMBER_INVITED = "member.invited"
    MEMBER_INVITED_AGAIN = "member.invited_again"
    MEMBER_INVITATION_CANCELLED = "member.invitation_cancelled"
    MEMBER_JOINED = "member.joined"
    MEMBER_ROLE_CHANGED = "member.role_changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"
    OWNERSHIP_TRANSFERRED = "member.ownership_transferred"
    CONNECTION_CREATED = "connection.created"
    CONNECTION_WIDENED = "connection.widened"
    CONNECTION_RENEWED = "connection.renewed"
    CONNECTION_REFUSED = "connection.refused"
    CONNECTION_REVOKED = "connection.revoked"
    CONNECTION_ENDED = "connection.ended"
    REFUSAL_LIFTED = "connection.refusal_lifted"
    CONNECTION_LIMITED = "connection.limited"
    CONNECTION_NARROWED = "connection.narrowed"
    CONNECTION_RESTORED = "connection.restored"
    CONNECTION_PAUSED = "connection.paused"
    CONNECTION_RESUMED = "connection.resumed"
    POLICY_CHANGED = "account.policy_changed"
    CLIENT_REGISTERED = "client.registered"
    CLIENT_SECRET_ROTATED = "client.secret_rotated"  # noqa: S105
    CLIENT_REMOVED = "client.removed"
    AUTHORIZATION_ENDED = "authorization.ended"
    CODE_REPLAYED = "authorization.code_replayed"
    REFRESH_REUSED = "authorization.refresh_reused"
    TOOL_CALLED = "tool.called"
    TOKEN_REFUSED = "token.refused"  # noqa: S105
    PROFILE_CREATED = "profile.created"
    PROFILE_CHANGED = "profile.changed"
    PROFILE_DELETED = "profile.deleted"
    PROFILE_EXPORTED = "profile.data_exported"
    PROFILES_IMPORTED = "profile.imported"
    PROFILES_EXPORTED = "profile.exported"
    TAG_CREATED = "tag.created"
    TAG_CHANGED = "tag.changed"
    TAG_DELETED = "tag.deleted"
    TAG_PUT = "tag.put_on_profiles"
    TAG_TAKEN = "tag.taken_off_profiles"
    ALIAS_CREATED = "alias.created"
    ALIAS_CHANGED = "alias.changed"
    ALIAS_DELETED = "alias.deleted"
    ASSESSMENT_INVITED = "assessment.invited"
    INVITATION_SENT_AGAIN = "assessment.invitation_sent_again"
    INVITATION_CANCELLED = "assessment.invitation_cancelled"
    ASSESSMENT_REMINDED = "assessment.reminded"
    PERSONAL_LINK_SHOWN = "assessment.personal_link_shown"
    SHARED_LINK_CREATED = "assessment.shared_link_created"
    SHARED_LINK_CLOSED = "assessment.shared_link_closed"
    ASSESSMENT_STARTED = "assessment.started"
    ASSESSMENT_COMPLETED = "assessment.completed"
    RESULTS_HELD = "assessment.results_held"
    RESULTS_KEPT = "assessment.results_kept"
    RESULTS_DISCARDED = "assessment.results_discarded"
    REMOVAL_ASKED = "assessment.removal_asked"
    REMOVAL_DECLINED = "assessment.removal_declined"
    DEBRIEF_ASKED = "debrief.asked"
    SCORES_SENT = "debrief.scores_sent"
    DEBRIEF_WRITTEN = "debrief.written"
    DEBRIEF_FAILED = "debrief.failed"
    MAIL_FAILED = "mail.failed"
    TRAIL_READ = "audit.read"
    TRAIL_EXPORTED = "audit.exported"
    TRAIL_PURGED = "audit.purged"


class Outcome(StrEnum):
    """How it ended: done, refused by a rule, or failed on the way with nothing changed."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    FAILED = "failed"


class AuditEntry(Base):
    """One thing that happened in an account. Triggers refuse every change; no foreign key leads out of the trail."""

    __tablename__ = "audit_entry"

    id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    at: Mapped[Moment]
    action: Mapped[str]
    outcome: Mapped[str]
    user_id: Mapped[uuid.UUID | None]
    member_id: Mapped[uuid.UUID | None]
    connection_id: Mapped[uuid.UUID | None]
    client_name: Mapped[str | None]
    """None: what an app calls itself may name somebody, so it stands among the names beside the entry, where it can be erased."""
    tool: Mapped[str | None]
    scope: Mapped[str | None]
    """The scopes that were used or, in a refusal, missing."""
    reason: Mapped[str | None]
    """Why it was refused or failed, as a permanent word."""
    resources: Mapped[list[Any]] = mapped_column(db.JSON)
    """What was touched: [kind, id] pairs, at most 200; `resource_count` has the full number."""
    resource_count: Mapped[int]
    fields: Mapped[list[str]]
    """Names of what changed."""
    values: Mapped[dict[str, Any]]
    """New values that are enumerated and not personal, such as a tag's colour."""
    steps: Mapped[list[str]]
    """The actions that a tool call carried out."""
    arguments_digest: Mapped[str | None]
    request_id: Mapped[str | None]
    revision: Mapped[str | None]
    """The protocol revision that the app spoke."""
    duration_us: Mapped[int | None]
    personal_digest: Mapped[str]
    entry_hash: Mapped[str]

    __table_args__ = (
        Index("ix_audit_entry_account", "account_id", "id"),
        Index("ix_audit_entry_connection", "connection_id", "id"),
    )


class AuditPersonal(Base):
    """What an entry says of a person: erasable on its own. The salt keeps the digest in the entry from being guessed."""

    __tablename__ = "audit_personal"

    entry_id: Mapped[Id]
    account_id: Mapped[uuid.UUID]
    salt: Mapped[str]
    address: Mapped[str | None]
    """The client's address, truncated to its network (/24 or /48)."""
    user_agent: Mapped[str | None]
    names: Mapped[dict[str, Any]]
    """Names of things at the time, by id, where they cannot be looked up later; and that of the app, by `THE_APP`."""

    __table_args__ = (Index("ix_audit_personal_account", "account_id"),)


def touch(kind: str, ids: Iterable[uuid.UUID]) -> None:
    """Note what a tool call has read. Outside a tool call there is nothing to note."""
    if call := current_scope().call:
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
    account_id: uuid.UUID | None = None,
    by: Actor | None = None,
) -> None:
    """Write what was done into the trail, in the transaction that does it; inside a tool call, add it to that call's entry.

    `by` is who acts, where that is somebody else than the scope says; `account_id` the account whose trail keeps it, where that is
    another one. The one entry of a tool call has an outcome, an actor and an account: whoever gives others there gets a `ValueError`.
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
        return
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
    who: Actor,
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
    who: Actor,
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
    connection.execute(INSERT_ENTRY, entry)
    connection.execute(
        INSERT_PERSONAL, {"entry_id": entry["id"], "account_id": who.account_id, "salt": salt, **personal}
    )


def entry_hash(entry: Mapping[str, Any]) -> str:
    """SHA-256 over every column but the hash itself, as canonical JSON; ids and moments as text, moments in UTC to the microsecond."""
    return digest({name: hashable(value) for name, value in entry.items() if name != "entry_hash"})


def hashable(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return str(value) if isinstance(value, uuid.UUID) else value


INSERT_ENTRY = insert(table_of(AuditEntry))
INSERT_PERSONAL = insert(table_of(AuditPersonal))
