"""The queue of those who write to an SQLite file: one at a time, and nobody waits for ever."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from time import monotonic, perf_counter

from models.metrics import Histogram

QUEUED = Histogram(
    "profile_write_queue_seconds",
    "How long writers waited for their turn to write to SQLite.",
    (0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10),
)
# Seconds that a writer waits for its turn. After that, the answer is that the server is busy.
PATIENCE = 10.0


class WriterQueue:
    """Lets one writer at a time into an SQLite file, first come first served: threads by a lock, processes by `flock`.

    SQLite's own busy handler sleeps and retries; under load some writers wait 300–700 ms. A queue avoids that.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.thread_lock = threading.Lock()
        self.descriptor: int | None = None

    def enter(self) -> None:
        began = perf_counter()
        try:
            self._wait()
        finally:
            QUEUED.observe(perf_counter() - began)

    def _wait(self) -> None:
        until = monotonic() + PATIENCE
        # One thread of a process waits for other processes, and the others behind it here.
        if not self.thread_lock.acquire(timeout=PATIENCE):
            raise busy()
        try:
            self._lock_file(until)
        except BaseException:
            self.thread_lock.release()
            raise

    def leave(self) -> None:
        assert self.descriptor is not None
        fcntl.flock(self.descriptor, fcntl.LOCK_UN)
        self.thread_lock.release()

    def _lock_file(self, until: float) -> None:
        if self.descriptor is None:
            self.descriptor = opened(self.path)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            locked = Wait(self.path).get(until - monotonic())
            if locked is None:
                raise busy() from None
            os.close(self.descriptor)
            self.descriptor = locked


class Wait(threading.Thread):
    """Waits for other processes in a thread of its own, since nobody can leave `flock` before it is their turn."""

    def __init__(self, path: str) -> None:
        super().__init__(name="waits for other writers", daemon=True)
        self.descriptor = opened(path)
        self.turn = threading.Lock()
        self.locked = threading.Event()
        self.given_up = False

    def get(self, seconds: float) -> int | None:
        """A descriptor that has the lock; None if it is not this process's turn within so many seconds."""
        self.start()
        self.locked.wait(seconds)
        with self.turn:
            self.given_up = not self.locked.is_set()
            return None if self.given_up else self.descriptor

    def run(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)
        with self.turn:
            if self.given_up:
                fcntl.flock(self.descriptor, fcntl.LOCK_UN)
                os.close(self.descriptor)
            else:
                self.locked.set()


def opened(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def busy() -> sqlite3.OperationalError:
    return sqlite3.OperationalError(f"database is locked: another writer has held it for {PATIENCE:g} seconds")


_queues: dict[str, WriterQueue] = {}
_queues_lock = threading.Lock()


def queue_for(path: str) -> WriterQueue:
    """The queue of this file, for all threads of this process."""
    with _queues_lock:
        return _queues.setdefault(path, WriterQueue(f"{path}-writer"))


def _forget_inherited_queues() -> None:
    # A descriptor inherited through a fork shares its lock with the parent, so each process opens its own.
    _queues.clear()


os.register_at_fork(after_in_child=_forget_inherited_queues)
