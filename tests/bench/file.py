"""How long it takes to invite many by a file: to choose it, to look at what will happen, to confirm; and what others wait meanwhile."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from config import Settings
from tests.bench.server import running
from tests.bench.stage import Stage
from tests.bench.storage import storage
from tests.bench.surroundings import bench_settings, say, surroundings
from tests.bench.table import spread, table
from tests.bench.wire import get

FILES = "/invitations/files"
BOUNDARY = "a-line-that-is-in-no-file"
TOKEN = re.compile(rb'name="csrf_token"[^>]*value="([^"]+)"')
Seconds = dict[str, float]


def by_file(database: str, people: int, profiles: int, rounds: int) -> dict[str, Any]:
    """Measure and print, with new people in every round; returns every figure."""
    with storage(database) as (home, url, kind):
        about = surroundings(kind, home)
        about.append(
            f"One file of {people:,} people, who are new to an account with {profiles:,} profiles. {rounds} rounds, in seconds."
        )
        say("\n".join(about))
        settings = bench_settings(url)
        found = measured(settings, Stage(settings, profiles), people, rounds, home)
    say()
    say(table(("", "seconds"), [[name, spread([each[name] for each in found], 2)] for name in found[0]]))
    return {"about": about, "seconds": found}


def measured(settings: Settings, stage: Stage, people: int, rounds: int, home: Path) -> list[Seconds]:
    cookie = stage.browser_cookie()
    with running(settings, home / "server.log") as server:
        server.seconds_until(get(settings.host, "/healthz"), b'"ok"')
        return [one_round(Desk(settings.host, cookie), csv_of(people, number)) for number in range(rounds)]


def one_round(desk: Desk, content: bytes) -> Seconds:
    found: Seconds = {}
    token = desk.token(FILES)
    answer = timed(found, "choose the file", lambda: desk.post_file(token, content))
    preview = answer.headers["Location"]
    timed(found, "look at what will happen", lambda: desk.open(preview))
    token = desk.token(preview)
    with_another = Bystander(desk)
    timed(found, "confirm: all invited", lambda: desk.post(f"{preview}/confirmation", token))
    found["longest wait of somebody else who writes"] = with_another.longest()
    return found


def timed(found: Seconds, name: str, work: Callable[[], HTTPResponse]) -> HTTPResponse:
    began = perf_counter()
    answer = work()
    found[name] = perf_counter() - began
    if answer.status not in {200, 302}:
        raise SystemExit(f"{name}: {answer.status}")
    return answer


def csv_of(people: int, number: int) -> bytes:
    rows = (f"person{n}.r{number}@example.com,Pat,Nr {n},Team red,crm-{number}-{n}\n" for n in range(people))
    return ("email,first_name,last_name,tags,custom_id\n" + "".join(rows)).encode()


@dataclass
class Desk:
    """An Owner's browser, as far as it is needed."""

    host: str
    cookie: str

    def open(self, path: str) -> HTTPResponse:
        return self._ask("GET", path)

    def token(self, path: str) -> str:
        found = TOKEN.search(self._ask("GET", path).read())
        assert found
        return found[1].decode()

    def post(self, path: str, token: str, **fields: str) -> HTTPResponse:
        body = urlencode({"csrf_token": token, **fields}).encode()
        return self._ask("POST", path, body, "application/x-www-form-urlencoded")

    def post_file(self, token: str, content: bytes) -> HTTPResponse:
        parts = [
            part("csrf_token", token.encode()),
            part("file", content, '; filename="people.csv"'),
            f"--{BOUNDARY}--\r\n".encode(),
        ]
        return self._ask("POST", FILES, b"".join(parts), f"multipart/form-data; boundary={BOUNDARY}")

    def _ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> HTTPResponse:
        connection = HTTPConnection(self.host, timeout=120)
        connection.request(method, path, body, {"Cookie": self.cookie, "Content-Type": kind, "Connection": "close"})
        answer = connection.getresponse()
        # What a form carries is good only together with the cookie that came with it.
        self.cookie = answer.headers.get("Set-Cookie", self.cookie).partition(";")[0]
        return answer


def part(name: str, content: bytes, more: str = "") -> bytes:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"


class Bystander:
    """Somebody who makes one tag after the other, and notes how long the slowest took."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.token = desk, desk.token("/tags/new")
        self.waits: list[float] = []
        self.enough = Event()
        self.thread = Thread(target=self.write)
        self.thread.start()

    def write(self) -> None:
        while not self.enough.is_set():
            began = perf_counter()
            self.desk.post("/tags/new", self.token, label=f"Tag {began}", color="blue")
            self.waits.append(perf_counter() - began)

    def longest(self) -> float:
        """Ends it."""
        self.enough.set()
        self.thread.join()
        return max(self.waits)
