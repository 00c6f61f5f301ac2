"""libfaketime refuses Python's way to sleep where it leaves the clock of durations alone: programs under it wait in another way."""

import select
import time


def sleep(seconds: float, /) -> None:
    """Wait so many seconds."""
    select.select([], [], [], seconds)


time.sleep = sleep  # type: ignore[assignment]
