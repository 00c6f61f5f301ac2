"""In which turn the sweeps are done: a few threads take whichever is due next, so that a long one keeps none of the others waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from blueprints.worker.jobs import Sweep, stopping

# Mail may wait for its server and debriefs for a model; the third goes on with the rest.
AT_ONCE = 3


class Rota:
    """When each sweep is due. One that is being done is not in it."""

    def __init__(self, sweeps: Iterable[Sweep], do: Callable[[Sweep], None]) -> None:
        self.do = do
        self.due = dict.fromkeys(sweeps, time.monotonic())
        self.changed = threading.Condition()

    def start(self) -> None:
        """Begin with all of them, in threads that end with the process."""
        for number in range(AT_ONCE):
            threading.Thread(target=self.follow, name=f"sweeps-{number + 1}", daemon=True).start()

    def follow(self) -> None:
        """Take turns until the worker is to end."""
        while sweep := self.next():
            self.do(sweep)
            with self.changed:
                self.due[sweep] = time.monotonic() + sweep.pause.total_seconds()
                self.changed.notify_all()

    def next(self) -> Sweep | None:
        """The sweep whose turn it is, when it comes; None when there are to be no more."""
        with self.changed:
            while not stopping.is_set():
                sweep = min(self.due, key=self.due.__getitem__, default=None)
                wait = None if sweep is None else self.due[sweep] - time.monotonic()
                if sweep is not None and wait is not None and wait <= 0:
                    del self.due[sweep]
                    return sweep
                self.changed.wait(wait)
        return None

    def stop(self) -> None:
        """Wake whoever waits for a turn, to see that there is none."""
        with self.changed:
            self.changed.notify_all()
