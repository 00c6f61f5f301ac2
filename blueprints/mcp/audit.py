"""The request hook that writes the audit log: exactly one entry per tool call, whether allowed, refused or failed."""

from __future__ import annotations

import logging
import time
import uuid
from typing import Any

from flask import g
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from blueprints.mcp.call_outcomes import TOO_FAST, CallRefused, NotCommitted
from blueprints.mcp.rate_limits import pace
from blueprints.mcp.registry import registry
from models.approvals import Approval, Asked
from models.audit import SENT_TOOL, Outcome, record_call
from models.connections import comes_from_elsewhere, note_network
from models.database import (
    OutcomeUnknown,
    begin_writing,
    commit,
    enter_account,
    on_one_connection,
    rollback,
    write_in_group,
)
from models.oauth import Bearer, TooFast
from models.request_scope import Call, current_scope
from models.text import plain

log = logging.getLogger("profile.mcp")

UNKNOWN = "unknown"
LONGEST_TOOL = 60


def new_entry(params: dict[str, Any]) -> Call:
    """The entry of a new call. A tool that does not exist is stored as `unknown`, and the name that was sent where it can be erased."""
    name, arguments = params.get("name"), params.get("arguments")
    call = Call(UNKNOWN, sent=[name, arguments])
    if isinstance(name, str) and registry.find(name):
        call.tool = name
    elif isinstance(name, str) and (sent := plain(name)[:LONGEST_TOOL]):
        call.sent_names[SENT_TOOL] = sent
    return call


def audit_allowed(bearer: Bearer, entry: Call, *, wrote: bool) -> None:
    """Commit a successful call: a change and its entry together; a read's entry before its answer is sent."""
    try:
        commit_allowed(bearer, entry, wrote=wrote)
    except OutcomeUnknown as unknown:
        settle(bearer, entry, unknown)


def commit_allowed(bearer: Bearer, entry: Call, *, wrote: bool) -> None:
    if not wrote and not comes_from_elsewhere(bearer):
        write_in_group(lambda: count_and_write(bearer, entry, Outcome.ALLOWED, None))
        return
    if not wrote:
        begin_writing()
    commit_entry(bearer, entry, Outcome.ALLOWED, None, wrote=wrote)


def settle(bearer: Bearer, entry: Call, unknown: OutcomeUnknown) -> None:
    """Find out on another connection what became of a call, and return if it was done. If not, raise `NotCommitted`, and it never will be.

    An entry that the call failed takes the id of the entry that may be there. The database waits for a commit that is
    still under way, and keeps one of the two.
    """
    entry.forget()
    try:
        with on_one_connection():
            commit_entry(bearer, entry, Outcome.FAILED, "unavailable", undone=True)
    except IntegrityError:
        # Otherwise the endpoint logs the error.
        log.warning("a commit failed and was done all the same", exc_info=unknown, extra={"tool": entry.tool})
        return
    except SQLAlchemyError as error:
        raise unknown from error
    raise NotCommitted from unknown


def audit_refused(bearer: Bearer, entry: Call, refusal: CallRefused) -> bool:
    """Roll back what a refused or failed call has begun, and commit its entry in its own transaction; False if that failed too."""
    begin_writing()
    entry.forget()
    try:
        commit_entry(bearer, entry, refusal.outcome, refusal.reason, undone=True)
    except SQLAlchemyError:
        rollback()
        # If the database failed, that is the answer; a refusal without an entry must not look like one.
        if refusal.reason != "unavailable":
            raise
        return False
    return True


def audit_asked(bearer: Bearer, entry: Call, asked: Asked) -> uuid.UUID:
    """Roll back a call that a person must allow first, and commit what they are asked with its entry; returns the id of the question."""
    begin_writing()
    entry.forget()
    enter_account(bearer.account_id)
    approval_id = Approval.ask(bearer.account_id, asked).id
    commit_entry(bearer, entry, Outcome.REFUSED, "ask_first", undone=True)
    return approval_id


def audit_rate_limited(bearer: Bearer, entry: Call, refusal: TooFast) -> None:
    """Roll back a call over the rate limit. One entry a minute records it; a flood of calls must not become a flood of entries."""
    rollback()
    if refusal.what != "account" and pace().noted(bearer):
        return
    begin_writing()
    entry.forget()
    if pace().note_refusal(bearer, refusal):
        write_entry(entry, Outcome.REFUSED, TOO_FAST)
    commit()


def commit_entry(
    bearer: Bearer, entry: Call, outcome: Outcome, reason: str | None, *, wrote: bool = False, undone: bool = False
) -> None:
    count_and_write(bearer, entry, outcome, reason, wrote=wrote, undone=undone)
    note_network(bearer)
    commit()


def count_and_write(
    bearer: Bearer, entry: Call, outcome: Outcome, reason: str | None, *, wrote: bool = False, undone: bool = False
) -> None:
    write_entry(entry, outcome, reason)
    # Last, so that the counter's row is locked only for the commit.
    pace().count(bearer, wrote=wrote, undone=undone, people=entry.people)


def write_entry(entry: Call, outcome: Outcome, reason: str | None) -> None:
    """Write the entry in the current transaction."""
    duration = int((time.perf_counter() - g.started) * 1_000_000)
    record_call(current_scope().actor, entry, outcome, reason, duration)
