"""What the worker does: sweeps, each of which finds by itself what is due.

Each module of sweeps decorates its functions with `@every(…)` and is listed in `MODULES`. Only the worker imports them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

MODULES = (
    "blueprints.worker.mail",
    "blueprints.worker.debriefs",
    "blueprints.worker.sittings",
    "blueprints.worker.data",
    "blueprints.worker.audit_log",
    "blueprints.worker.invitation_files",
    "blueprints.worker.approvals",
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
