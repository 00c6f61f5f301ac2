"""A terminal, for programs that talk to people alone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.interop.packages import HERE

SHOWS_WITHIN = 60
# Rows and columns: wide enough for an address in one line.
SIZE = struct.pack("HHHH", 50, 2000, 0, 0)
# What moves the cursor, colours text, or makes it a link.
CONTROL = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """What one program shows, and where a person types."""

    def __init__(self, keyboard: int, process: subprocess.Popen[bytes]) -> None:
        self._keyboard, self._process = keyboard, process
        self._raw = b""

    @property
    def output(self) -> str:
        """All output so far, as plain text."""
        return CONTROL.sub("", self._raw.decode(errors="replace"))

    def wait_for(self, pattern: str) -> re.Match[str]:
        """What matches, as soon as the program shows it."""
        give_up = time.monotonic() + SHOWS_WITHIN
        while not (found := re.search(pattern, self.output)):
            assert self._read(give_up), f"{pattern} was not shown:\n{self.output}"
        return found

    def type(self, line: str) -> None:
        os.write(self._keyboard, line.encode() + b"\r")

    def end(self) -> int:
        """Wait until the program ends; its exit code."""
        give_up = time.monotonic() + SHOWS_WITHIN
        while self._read(give_up):
            pass
        return self._process.wait(max(give_up - time.monotonic(), 1))

    def _read(self, give_up: float) -> bool:
        """Read what comes next; False when the program has ended, or takes too long."""
        ready, _, _ = select.select([self._keyboard], [], [], max(give_up - time.monotonic(), 0))
        try:
            more = os.read(self._keyboard, 65_536) if ready else b""
        except OSError:  # Linux says so when the other end is closed.
            more = b""
        self._raw += more
        return bool(more)


@contextmanager
def in_terminal(command: Sequence[str], environment: dict[str, str]) -> Iterator[Terminal]:
    """The program in a terminal of its own, while this lasts."""
    keyboard, screen = pty.openpty()
    fcntl.ioctl(screen, termios.TIOCSWINSZ, SIZE)
    environment |= {"TERM": "xterm-256color"}
    process = subprocess.Popen(
        command, env=environment, cwd=HERE, stdin=screen, stdout=screen, stderr=screen, start_new_session=True
    )
    os.close(screen)
    try:
        yield Terminal(keyboard, process)
    finally:
        process.kill()
        process.wait()
        os.close(keyboard)
