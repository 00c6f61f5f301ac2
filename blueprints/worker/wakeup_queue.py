"""The queue by which the worker hears of new work at once: huey's, opened when it is first needed.

It holds hints only, as JSON: the name of a task and an id. Losing all of it costs the time until the next sweep.
"""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.database import Job

if TYPE_CHECKING:
    from huey import Huey

log = logging.getLogger("profile.work")

# Where nobody listens (a worker that hears another queue), hints stop here; its sweeps find the work all the same.
MOST_WAITING = 1_000
POSTGRESQL = {"postgresql", "postgres"}

Perform = Callable[[str, uuid.UUID], None]


class Queue:
    """Where hints wait for the worker."""

    def __init__(self, url: str, perform: Perform) -> None:
        self.url, self.perform = url, perform
        self.lock = threading.Lock()
        self.opened: tuple[int, Huey, Any] | None = None

    def put(self, jobs: list[Job]) -> None:
        """Leave hints; what goes wrong is logged, since the sweeps do not need them."""
        try:
            huey, hint = self.open()
            for job in jobs[: max(0, MOST_WAITING - huey.storage.queue_size())]:
                hint(job.task, job.id.hex)
        except Exception:
            log.exception("the worker could not be told of new work; it will find it")

    def open(self) -> tuple[Huey, Any]:
        """The queue and its one task, of this process: a connection must not come through a fork."""
        with self.lock:
            if self.opened is None or self.opened[0] != os.getpid():
                huey = opened(self.url)
                self.opened = (os.getpid(), huey, huey.task(name="hint")(self.follow))
            return self.opened[1:]

    def follow(self, task: str, id_: str) -> None:
        """What the worker does with a hint."""
        self.perform(task, uuid.UUID(id_))


def opened(url: str) -> Huey:
    """The queue at this address, in huey's own storage for it."""
    scheme, _, rest = url.partition("://")
    # Not at the start of the server, which need not wait for it.
    with nullcontext() if scheme in POSTGRESQL else sparing("psycopg"):
        from huey import PostgresHuey, RedisHuey, SqliteHuey

    kind: dict[str, Any] = {"name": "profile", "results": False, "serializer": hints_as_json()}
    if scheme == "sqlite":
        Path(rest[1:]).parent.mkdir(parents=True, exist_ok=True)
        # Not synced to the disk: what a power failure takes, the sweeps find.
        return SqliteHuey(filename=rest[1:], fsync=False, cache_mb=1, **kind)
    if scheme in POSTGRESQL:
        return PostgresHuey(dsn=url, **kind)
    return RedisHuey(url=url, **kind)


@contextmanager
def sparing(module: str) -> Iterator[None]:
    """huey loads psycopg wherever it finds it: 9 MB and a tenth of a second in each process, for nothing where the data is in SQLite."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


def hints_as_json() -> Any:
    """huey pickles: whoever could write to the queue could then run code in the worker."""
    from huey.registry import Message
    from huey.serializer import Serializer

    class AsJson(Serializer):
        def _serialize(self, data: Any) -> bytes:
            return json.dumps([data.id, data.name, data.args]).encode()

        def _deserialize(self, data: bytes) -> Any:
            id_, name, arguments = json.loads(data)
            return Message(id=id_, name=name, args=arguments, kwargs={}, retries=0, retry_delay=0)

    return AsJson()
