"""What the worker can do: tasks for one row, and sweeps that find by themselves what is due.

A module of work says `@task` or `@every(…)` over its functions and stands in `MODULES`, which only the worker imports.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module

Task = Callable[[uuid.UUID], None]
MODULES = (
    "blueprints.worker.mail",
    "blueprints.worker.debriefs",
    "blueprints.worker.sittings",
    "blueprints.worker.data",
    "blueprints.worker.audit_log",
    "blueprints.worker.invitation_files",
    "blueprints.worker.expiry",
)


@dataclass(frozen=True)
class Sweep:
    """Work that is done again and again: it does all that is due, and nothing when nothing is."""

    name: str
    pause: timedelta
    work: Callable[[], None]


TASKS: dict[str, Task] = {}
SWEEPS: dict[str, Sweep] = {}
stopping = threading.Event()
"""Set when the worker is to end: a sweep with much to do looks here between two pieces of it."""


def task(function: Task) -> Task:
    """Work on one row, by its id, asked for with `models.database.after_commit.enqueue(<the function's name>, id)`.

    It claims the row itself, since it may be called twice, and runs in a session of its own, in which nobody acts.
    """
    TASKS[function.__name__] = function
    return function


def every(seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """A sweep: called at the worker's start and then again this long after it has ended."""

    def register(function: Callable[[], None]) -> Callable[[], None]:
        SWEEPS[function.__name__] = Sweep(function.__name__, timedelta(seconds=seconds), function)
        return function

    return register


def load() -> None:
    """Import every module of work, so that its tasks and sweeps are known."""
    for module in MODULES:
        import_module(module)
