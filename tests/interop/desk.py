"""A person at a desk: a computer with nothing on it but the programs under test, and somebody who answers what they ask."""

from __future__ import annotations

import os
import queue
import shlex
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO, cast
from urllib.parse import parse_qsl, urlsplit

from tests.fixtures.people import Person
from tests.interop.packages import HERE, node
from tests.plain_browser import PlainBrowser

# People need a moment, and some programs listen for the answer only after they have opened the browser.
THINKS = 2
WAITS = 60
# What programs start to show an address: they name the browser in different ways.
OPENERS = ("xdg-open", "x-www-browser", "www-browser", "sensible-browser")


class Desk:
    """A home directory and a PATH on which opening a browser tells the person."""

    def __init__(self, home: Path, browser: PlainBrowser, person: Person) -> None:
        self.home, self.browser, self.person = home, browser, person
        self.denies: list[str] = []
        """The scopes that the person does not give."""
        self.refuses = False
        """Whether the person allows nothing at all."""
        self.asked: queue.SimpleQueue[dict[str, str]] = queue.SimpleQueue()
        """What programs asked for: the parameters of each address that they opened."""
        self.failure: BaseException | None = None
        self._doorbell = home / "opened"
        self._leaving = threading.Event()

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a program that this person starts."""
        path = f"{self.home / 'bin'}:{Path(node()).parent}:{os.environ['PATH']}"
        home = {"HOME": str(self.home), "TMPDIR": str(self.home / "tmp"), "PATH": path, "LANG": "C.UTF-8"}
        return home | {"BROWSER": str(self.home / "bin" / OPENERS[0]), "XDG_RUNTIME_DIR": str(self.home / "tmp")} | more

    def question(self) -> dict[str, str]:
        """The parameters of the next question that the person was asked."""
        return self.asked.get(timeout=WAITS)

    def answer(self, address: str) -> str:
        """Look at the question, sign in if need be, decide; the address at which the program waits for the answer."""
        self.asked.put(dict(parse_qsl(urlsplit(address).query)))
        page = self.browser.open(address)
        if any(button.text == "Sign in" for button in page.all("button")):
            self.browser.press("Sign in", email=self.person.email, password=self.person.password)
        assert self.browser.status == 200, self.browser.text
        decision, denied = ("Don't allow", []) if self.refuses else ("Allow", self.denies)
        page = self.browser.press(decision, deny=denied)
        return page.by_id("continue").attributes["href"]

    def sit(self) -> None:
        """Answer what programs open, until it is time to leave."""
        with opened(self._doorbell, "r") as doorbell:
            while (address := doorbell.readline().strip()) and not self._leaving.is_set():
                try:
                    back = self.answer(address)
                    self._leaving.wait(THINKS)
                    self.browser.open(back)
                except Exception as error:  # noqa: BLE001 (the test raises it)
                    self.failure = self.failure or error

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end, where npx finds what is installed here."""
        return subprocess.run(
            command, env=self.environment(**more), cwd=HERE, input="", capture_output=True, text=True, timeout=WAITS
        )

    def install(self, name: str, command: Sequence[str]) -> None:
        """Put a program on this computer's PATH."""
        program = self.home / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        program.chmod(0o755)

    def furnish(self) -> None:
        os.mkfifo(self._doorbell)
        for place in ("bin", "tmp"):
            (self.home / place).mkdir()
        for name in OPENERS:
            self.install(name, ["/bin/sh", "-c", f'printf "%s\\n" "$1" >"{self._doorbell}"', name])

    def leave(self) -> None:
        self._leaving.set()
        with opened(self._doorbell, "w") as doorbell:
            doorbell.write("\n")


def opened(doorbell: Path, mode: str) -> TextIO:
    """A named pipe, open to both sides: so it never ends, and opening it waits for nobody."""
    return cast("TextIO", os.fdopen(os.open(doorbell, os.O_RDWR), mode))


@contextmanager
def seated(desk: Desk) -> Iterator[Desk]:
    """While this lasts the person answers; what went wrong meanwhile is raised at the end."""
    desk.furnish()
    person = threading.Thread(target=desk.sit, name="the person at the desk")
    person.start()
    try:
        yield desk
    finally:
        desk.leave()
        person.join(WAITS)
    if desk.failure:
        raise desk.failure
