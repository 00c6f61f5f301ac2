"""Jobs for the worker after the current transaction is committed: hints that save it waiting for its next sweep.

Nothing depends on a hint. The work itself is in a table, written in the same transaction, and a sweep finds it there.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import event
from sqlalchemy.orm import Session

from models.database.base import db

JOBS = "jobs"


class Job(NamedTuple):
    """A task of the worker, by name, and the row that it is about."""

    task: str
    id: uuid.UUID


def enqueue(task: str, id_: uuid.UUID) -> None:
    """Give this job to the worker when the current transaction is committed; never, if it is rolled back."""
    db.session().info.setdefault(JOBS, []).append(Job(task, id_))


def take_jobs(session: Session) -> list[Job]:
    """The jobs of the transaction that has just ended; a second call gets none."""
    jobs: list[Job] = session.info.pop(JOBS, [])
    return jobs


def watch(session_factory: Any, deliver: Callable[[list[Job]], None]) -> None:
    """Pass the jobs of every committed transaction to `deliver`, which must not fail."""

    @event.listens_for(session_factory, "after_commit")
    def on_commit(session: Session) -> None:
        # Releasing a savepoint does not end the transaction.
        if not session.in_nested_transaction() and (jobs := take_jobs(session)):
            deliver(jobs)

    @event.listens_for(session_factory, "after_rollback")
    def on_rollback(session: Session) -> None:
        if not session.in_nested_transaction():
            take_jobs(session)
