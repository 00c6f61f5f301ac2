"""Debriefs are written here: by this server, or by a language model where an Owner turned that on."""

from __future__ import annotations

import uuid
from datetime import timedelta

from blueprints.worker.jobs import SOON, Job, every, job, stopping
from blueprints.worker.language_model import LATE, START, Interrupted, ModelFailed, language_model
from config import current_settings
from models.database import db, in_account, only_reading, writing
from models.debriefs import (
    LONGEST_PAUSE,
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

AT_ONCE = 1_000


@every(SOON)
def write_debriefs() -> None:
    """Write every debrief that is due."""
    for request_id in due():
        if not stopping.is_set():
            write(request_id)


@every(SOON)
def write_newest_debriefs() -> None:
    """Write the newest first. A model is slow, and a person who asks now must not wait for a thousand imported results."""
    while not stopping.is_set() and (newest := due(newest_first=True)):
        write(newest[0])


def due(account_id: uuid.UUID | None = None, *, newest_first: bool = False) -> list[uuid.UUID]:
    """The requests that should be seen to now, of one account or of all; the newest is looked up again after each."""
    with only_reading():
        db.session.rollback()
        found = DebriefRequest.due(account_id, 1 if newest_first else AT_ONCE, newest_first=newest_first)
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
    with job("debrief", request_id, claim.account_id) as writing_it, in_account(claim.account_id):
        try:
            carry_out(claim, current_settings().debrief_recipient, writing_it)
        except LeaseLost:
            writing_it.not_done(why="it came too late and was dropped")


def carry_out(claim: DebriefAttempt, recipient: Recipient | None, doing: Job) -> None:
    if claim.was_interrupted:
        doing.not_done(why="interrupted")
        with writing():
            claim.fail("interrupted", for_good=True)
    elif recipient and may_go(claim, recipient):
        by_model(claim, recipient, doing)
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


def by_model(claim: DebriefAttempt, recipient: Recipient, doing: Job) -> None:
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
        doing.not_done(why=str(problem), attempt=claim.attempt)
        return put_off(claim, recipient, problem)
    except Interrupted:
        doing.not_done(why="interrupted")
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
    with writing():
        if isinstance(problem, ModelFailed):
            claim.fail(problem.why, recipient.model, min(problem.wait, LONGEST_PAUSE.total_seconds()), problem.for_good)
        else:
            claim.fail("unusable", recipient.model)
