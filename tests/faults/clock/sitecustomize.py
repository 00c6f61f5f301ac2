"""libfaketime refuses Python's way to sleep where it leaves the clock of durations alone: programs under it wait in another way."""

import select
import time

time.sleep = lambda seconds: select.select([], [], [], seconds) and None
