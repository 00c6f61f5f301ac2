"""Several threads of a process that write at the same moment share one transaction on SQLite, and so one sync of the disk.

Only for work that stands alone, as the entry of a call that has read: nobody is answered before the transaction is on
the disk, and work that fails is undone by itself.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from models.database.call_connection import CallConnection
from models.database.commit_outcome import as_sqlalchemy
from models.request_scope import current_scope

Work = Callable[[], None]


@dataclass(slots=True)
class Task:
    """What one thread has to write."""

    work: Work
    context: Context = field(default_factory=copy_context)
    done: bool = False
    error: Exception | None = None

    def run(self, held: CallConnection) -> None:
        """Do it for its own request, on this connection."""
        self.context.run(self._run, held)

    def _run(self, held: CallConnection) -> None:
        with current_scope().holding(held):
            self.work()


class Group:
    """The threads of this process that write to one file. One of them writes for all who came before it began."""

    def __init__(self) -> None:
        self.turn = threading.Condition()
        self.waiting: list[Task] = []
        self.led = False

    def write(self, held: CallConnection, work: Work) -> None:
        """Do this in a transaction, and return when it is committed. Raises what the work raises, and then nothing of it is kept."""
        mine = Task(work)
        if batch := self._wait(mine):
            try:
                write_together(held, batch)
            finally:
                self._finish(batch)
        if mine.error is not None:
            raise mine.error

    def _wait(self, mine: Task) -> list[Task]:
        """Wait until it is done; or the tasks that this thread must do, with its own."""
        with self.turn:
            self.waiting.append(mine)
            while self.led and not mine.done:
                self.turn.wait()
            if mine.done:
                return []
            self.led = True
            batch, self.waiting = self.waiting, []
            return batch

    def _finish(self, batch: list[Task]) -> None:
        with self.turn:
            for task in batch:
                task.done = True
            self.led = False
            self.turn.notify_all()


def write_together(held: CallConnection, batch: list[Task]) -> None:
    """Do all of this in one transaction; each task gets the error that it must raise."""
    held.shared = True
    try:
        held.begin()
        for task in batch:
            write_one(held, task)
        held.commit()
    except Exception as error:  # noqa: BLE001 (each thread raises its own)
        held.rollback()
        for task in batch:
            task.error = task.error or its_own(held, error)
    finally:
        held.shared = False


def write_one(held: CallConnection, task: Task) -> None:
    held.driver.execute("SAVEPOINT task")
    try:
        task.run(held)
    except Exception as error:  # noqa: BLE001 (its thread raises it)
        task.error = error
        held.driver.execute("ROLLBACK TO task")
    held.driver.execute("RELEASE task")


def its_own(held: CallConnection, error: Exception) -> Exception:
    """The same error for another thread: one that two threads raise collects the traces of both.

    SQLite ends the whole transaction when the disk is full; then even going back to a savepoint fails.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    return as_sqlalchemy(held.dialect, "COMMIT", cause) if isinstance(cause, sqlite3.Error) else error


_groups: dict[str, Group] = {}
_groups_lock = threading.Lock()


def group_for(path: str) -> Group:
    """The group of this file, for all threads of this process."""
    with _groups_lock:
        return _groups.setdefault(path, Group())


# Threads that wait in the parent do not exist in a child.
os.register_at_fork(after_in_child=_groups.clear)
