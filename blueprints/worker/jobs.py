"""What the worker does: sweeps, each of which finds by itself what is due.

Each module of sweeps decorates its functions with `@every(…)` and is listed in `MODULES`. Only the worker imports them.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from time import perf_counter
from typing import Any

from models.metrics import Counter
from models.tracing import span

log = logging.getLogger("profile.jobs")

MODULES = (
    "blueprints.worker.mail",
    "blueprints.worker.debriefs",
    "blueprints.worker.sittings",
    "blueprints.worker.data",
    "blueprints.worker.audit_log",
    "blueprints.worker.invitation_files",
    "blueprints.worker.alarms",
    "blueprints.worker.account_rows",
    "blueprints.worker.expiry",
)
SOON = 1
"""Seconds between two looks for what people wait for. Each is one query that reads an index."""


@dataclass(frozen=True)
class Sweep:
    """Work that is done again and again: it does all that is due, and nothing when nothing is."""

    name: str
    pause: float
    """Seconds from its end to its next turn."""
    work: Callable[[], None]


DONE, NOT_DONE, FAILED = "done", "not_done", "failed"
"""Not done: somebody or something outside this server did not let it. Failed: a fault of ours."""
JOBS = Counter(
    "profile_jobs",
    "Pieces of work in the background, where a web process does them. A sweep looks for them, and is counted if it fails.",
    work=("mail", "debrief", "data_export", "deletion", "sweep"),
    outcome=(DONE, NOT_DONE, FAILED),
)


@dataclass
class Job:
    """A piece of work that is being done."""

    kind: str
    outcome: str = DONE
    error: BaseException | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def not_done(self, **facts: Any) -> None:
        """It could not be done, for a reason that is not ours."""
        self.outcome = NOT_DONE
        self.facts.update(facts)

    def failed(self, error: BaseException, **facts: Any) -> None:
        """It could not be done because of this fault."""
        self.outcome, self.error = FAILED, error
        self.facts.update(facts)


@contextmanager
def job(kind: str, id_: uuid.UUID, account_id: uuid.UUID | None) -> Iterator[Job]:
    """A piece of work: one line in the log, however it ends."""
    doing, began = Job(kind), perf_counter()
    try:
        with span(f"job {kind}"):
            yield doing
    except Exception as error:
        # The sweep logs it.
        JOBS.add(kind, FAILED)
        error.add_note(f"in {kind} {id_}")
        raise
    JOBS.add(kind, doing.outcome)
    level = {DONE: logging.INFO, NOT_DONE: logging.WARNING, FAILED: logging.ERROR}[doing.outcome]
    ms = round((perf_counter() - began) * 1000, 1)
    facts = {"job": kind, "id": str(id_), "account": account_id and str(account_id), "outcome": doing.outcome, "ms": ms}
    log.log(level, "job", exc_info=doing.error, extra={**facts, **doing.facts})


SWEEPS: dict[str, Sweep] = {}
stopping = threading.Event()
"""Set when this process is not to work, or no longer: a sweep with much to do looks here between two pieces of it."""


def every(seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """A sweep: called at the worker's start and then again this long after it has ended.

    It runs in a session of its own, in which nobody acts, and leases the rows that it works on: another process may be at it too.
    """

    def register(function: Callable[[], None]) -> Callable[[], None]:
        SWEEPS[function.__name__] = Sweep(function.__name__, seconds, function)
        return function

    return register


def load() -> dict[str, Sweep]:
    """Import every module of work; returns its sweeps."""
    for module in MODULES:
        import_module(module)
    return SWEEPS
