"""Debriefs are written here: by this server, or by a language model where an Owner turned that on."""

from __future__ import annotations

import logging
import uuid
from datetime import timedelta
from threading import Lock

from blueprints.worker.jobs import every, stopping, task
from blueprints.worker.language_model import LATE, START, Interrupted, ModelFailed, language_model
from config import current_settings
from models.database import db, in_account, only_reading, writing
from models.debriefs import (
    DebriefAttempt,
    DebriefRequest,
    LeaseLost,
    Recipient,
    Results,
    Unusable,
    compose,
    message_of,
    sheet_for,
    text_from,
)
from models.debriefs.prompt import INSTRUCTIONS

log = logging.getLogger("profile.debriefs")

# A model takes its time. Of the threads that follow hints, one at most waits for it; the rest is the sweep's.
hint_asks = Lock()
LONGEST_WAIT = 3_600


@task
def write_debrief(request_id: uuid.UUID) -> None:
    """Write what has just been asked for; what cannot be done at once is left to the sweep."""
    if current_settings().debrief_recipient is None:
        write(request_id)
    elif hint_asks.acquire(blocking=False):
        try:
            write(request_id)
        finally:
            hint_asks.release()


@every(5)
def write_debriefs() -> None:
    """Write every debrief that is due."""
    for request_id in due():
        if not stopping.is_set():
            write(request_id)


def due(account_id: uuid.UUID | None = None) -> list[uuid.UUID]:
    """The requests that should be seen to now, of one account or of all."""
    with only_reading():
        db.session.rollback()
        found = DebriefRequest.due(account_id)
        db.session.rollback()
    return found


def write(request_id: uuid.UUID) -> None:
    """One attempt at a debrief, if it is due and nobody else is at it."""
    with writing():
        claim = DebriefAttempt.take(
            request_id, current_settings().debrief_timeout + timedelta(seconds=START + LATE + 25)
        )
    if claim is None:
        return
    with in_account(claim.account_id):
        try:
            carry_out(claim, current_settings().debrief_recipient)
        except LeaseLost:
            log.warning("a debrief came too late and was dropped", extra={"debrief_request": str(request_id)})


def carry_out(claim: DebriefAttempt, recipient: Recipient | None) -> None:
    if claim.was_interrupted:
        with writing():
            claim.fail("interrupted", for_good=True)
    elif recipient and may_go(claim, recipient):
        by_model(claim, recipient)
    else:
        by_this_server(claim)


def may_go(claim: DebriefAttempt, recipient: Recipient) -> bool:
    with writing():
        return claim.goes_to(recipient, current_settings().debriefs_a_day)


def by_this_server(claim: DebriefAttempt) -> None:
    with writing():
        results = claim.results()
        if any(results.values()):
            claim.keep(compose(results), results)
        else:
            claim.fail("no_results", for_good=True)


def by_model(claim: DebriefAttempt, recipient: Recipient) -> None:
    """Ask the model, with no transaction open meanwhile. What it wrote is kept, or the reason why not."""
    try:
        with language_model(recipient, current_settings()) as model:
            # It is ready: only now are the scores read, and only if they may still go.
            results, names = scores_to_send(claim, recipient)
            if results is None:
                return by_this_server(claim)
            schema = sheet_for(results).model_json_schema()
            answer = model.ask(INSTRUCTIONS, message_of(results), schema)
        text = text_from(answer, results, names)
    except (ModelFailed, Unusable) as problem:
        return put_off(claim, recipient, problem)
    except Interrupted:
        with writing():
            return claim.give_back()
    with writing():
        return claim.keep(text, results, model=recipient.model)


def scores_to_send(claim: DebriefAttempt, recipient: Recipient) -> tuple[Results | None, tuple[str, ...]]:
    """The scores, noted in the trail as sent, and the names that must not come back; no scores when they may not go any more."""
    with writing():
        results = claim.results()
        if not any(results.values()) or not claim.goes_to(recipient, current_settings().debriefs_a_day):
            return None, ()
        claim.record_sending(recipient)
        return results, claim.names()


def put_off(claim: DebriefAttempt, recipient: Recipient, problem: ModelFailed | Unusable) -> None:
    log.warning(
        "a debrief was not written: %s",
        problem,
        extra={"debrief_request": str(claim.request_id), "attempt": claim.attempt},
    )
    with writing():
        if isinstance(problem, ModelFailed):
            claim.fail(problem.why, recipient.model, min(problem.wait, LONGEST_WAIT), problem.for_good)
        else:
            claim.fail("unusable", recipient.model)
