"""Assistants at work while the server is killed, and what must be true afterwards of what they were answered."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from threading import Event, Semaphore
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from models.audit.recorder import AuditEntry
from models.database.base import db
from models.database.engine import only_reading
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.fixtures.assistants import ConnectedApp

HANDS = 8
WARMED_UP = 8
NOT_DONE = "othing was changed"
UNKNOWN = "may or may not have been done"
# A proxy says so of a server that it did not hear out.
CUT_BY_PROXY = {502, 504}
# Nothing was there to answer: whoever asks again at once would only keep the machine busy.
PAUSE = 0.02


@dataclass
class Hand:
    """One connection of an assistant, until a call of it ends without an answer that says what became of it."""

    app: ConnectedApp
    port: int
    name: str
    statuses: Counter[int]
    done: list[str] = field(default_factory=list)
    """The request ids of calls that were answered."""
    not_done: list[str] = field(default_factory=list)
    """Of calls whose answer said that nothing was changed."""
    created: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unknown: str | None = None
    """The label that the last call would have written."""
    own: str | None = None
    """The tag that it renames, ..."""
    renamed: list[str] = field(default_factory=list)
    """... and all that it was called since."""

    def work(self, progress: Semaphore, stop: Event) -> None:
        """Read, create and rename in turn."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            for turn in count():
                if stop.is_set():
                    break
                self.take_turn(connection, turn)
                progress.release()
        except TimeoutError:
            raise  # nobody may hang
        except ConnectionRefusedError:
            self.unknown = None  # nothing was sent
            sleep(PAUSE)
        except (OSError, HTTPException, Unknown):
            pass
        finally:
            connection.close()

    def take_turn(self, connection: HTTPConnection, turn: int) -> None:
        label = f"{self.name} {turn}"
        if turn % 3 == 1:
            self.call(connection, "list_profiles", {"limit": 5})
        elif turn % 3 == 2 and self.own:
            if self.call(connection, "update_tag", {"tag_id": self.own, "label": label}, label):
                self.renamed.append(label)
        elif made := self.call(connection, "create_tag", {"label": label, "color": "red"}, label):
            self.created.append(label)
            if self.own is None:
                self.own, self.renamed = made["id"], [self.created.pop()]

    def call(
        self, connection: HTTPConnection, tool: str, arguments: dict[str, Any], label: str | None = None
    ) -> dict[str, Any] | None:
        """The tool's answer; None if it says that nothing was done."""
        self.unknown = label
        body, headers = self.app.message("tools/call", {"name": tool, "arguments": arguments})
        sent = headers | {"Authorization": f"Bearer {self.app.token}", "Content-Type": "application/json"}
        # Servers behind a proxy know only its name.
        sent["Host"] = urlsplit(self.app.app.config["PROFILE"].public_url).netloc
        connection.request("POST", "/mcp", json.dumps(body), sent)
        answer = connection.getresponse()
        said = answer.read().decode()
        self.statuses[answer.status] += 1
        if UNKNOWN in said or answer.status in CUT_BY_PROXY:
            raise Unknown
        self.unknown = None
        request_id = answer.headers["X-Request-ID"]
        if NOT_DONE in said:
            self.not_done.append(request_id)
            if label:
                self.refused.append(label)
            return None
        assert answer.status == 200, said
        result = json.loads(said)["result"]
        assert not result["isError"], said
        self.done.append(request_id)
        return dict(result["structuredContent"])


class Unknown(Exception):
    """The answer says that nobody knows whether it was done."""


class Crew:
    """The hands of one assistant, which share out these ports. Where one ends before all are stopped, another takes its place."""

    def __init__(self, app: ConnectedApp, ports: int | Sequence[int], name: str) -> None:
        self.app, self.name = app, name
        self.ports = [ports] if isinstance(ports, int) else ports
        self.hands: list[Hand] = []
        self.statuses: Counter[int] = Counter()
        self.progress, self.stop = Semaphore(0), Event()

    @contextmanager
    def working(self) -> Iterator[None]:
        """All work inside; nobody hangs afterwards."""
        with ThreadPoolExecutor(HANDS) as threads:
            running = [threads.submit(self.keep_working, number) for number in range(HANDS)]
            try:
                self.wait_for(WARMED_UP)
                yield
            finally:
                self.stop.set()
            for each in running:
                each.result(60)

    def keep_working(self, number: int) -> None:
        for life in count():
            if self.stop.is_set():
                return
            port = self.ports[number % len(self.ports)]
            hand = Hand(self.app, port, f"{self.name} {number}.{life}", self.statuses)
            self.hands.append(hand)
            hand.work(self.progress, self.stop)

    def wait_for(self, calls: int) -> None:
        """Return when so many more calls were answered."""
        for _ in range(calls):
            assert self.progress.acquire(timeout=60)

    def wait_until_done(self, calls: int) -> float:
        """Return when so many more calls have succeeded: the seconds that this took."""
        began, wanted = monotonic(), self.done() + calls
        while self.done() < wanted:
            assert monotonic() < began + 60, f"only {self.done()} of {wanted} calls succeeded"
            self.wait_for(1)
        return monotonic() - began

    def wait_until_denied(self, calls: int, status: int | None = None) -> None:
        """Return when so many more calls were answered that nothing was changed; with this status."""
        began, wanted = monotonic(), self.denied(status) + calls
        while self.denied(status) < wanted:
            assert monotonic() < began + 60, f"only {self.denied(status)} of {wanted} calls were refused"
            self.wait_for(1)

    def denied(self, status: int | None = None) -> int:
        return self.statuses[status] if status else sum(len(hand.not_done) for hand in [*self.hands])

    def done(self) -> int:
        return sum(len(hand.done) for hand in [*self.hands])

    def check(self, account_id: uuid.UUID) -> Counter[str]:
        """Compare all that was answered with the database; returns how much that was."""
        entries, tags = stored(self.app, account_id, self.name)
        assert [id_ for id_, times in Counter(e.request_id for e in entries).items() if times > 1] == []
        outcomes = {entry.request_id: entry.outcome for entry in entries}
        done = [id_ for hand in self.hands for id_ in hand.done]
        assert [id_ for id_ in done if outcomes.get(id_) != "allowed"] == [], "answered without an entry"
        denied = [id_ for hand in self.hands for id_ in hand.not_done]
        assert [id_ for id_ in denied if outcomes.get(id_) == "allowed"] == [], "done, and the answer denied it"
        # A change has its entry, and an entry its change.
        made = Counter(tag_of(entry) for entry in entries if entry.tool == "create_tag" and entry.outcome == "allowed")
        assert made == Counter(tags.keys()), "a change without an entry, or an entry without its change"
        renames = Counter(
            tag_of(entry) for entry in entries if entry.tool == "update_tag" and entry.outcome == "allowed"
        )
        labels = set(tags.values())
        for hand in self.hands:
            assert set(hand.created) <= labels, "an acknowledged tag is lost"
            assert not set(hand.refused) & labels
            if hand.own:
                late = tags[hand.own] == hand.unknown
                assert late or tags[hand.own] == hand.renamed[-1], "an acknowledged change is lost"
                assert renames[hand.own] == len(hand.renamed) - 1 + late
        changes = sum(len(hand.created) + len(hand.renamed) for hand in self.hands)
        cut = sum(hand.unknown is not None for hand in self.hands)
        return Counter(calls=len(done), changes=changes, denied=len(denied), cut=cut, entries=len(entries))


def tag_of(entry: Any) -> str:
    return str(next(id_ for kind, id_ in entry.resources if kind == "tag"))


def stored(app: ConnectedApp, account_id: uuid.UUID, name: str) -> tuple[list[Any], dict[str, str]]:
    """The entries of this assistant's calls, and its tags by id."""
    columns = AuditEntry.request_id, AuditEntry.tool, AuditEntry.outcome, AuditEntry.resources
    calls = select(*columns).where(AuditEntry.action == "tool.called", AuditEntry.connection_id == app.connection_id)
    with app.app.app_context(), in_account(account_id), only_reading():
        entries = list(db.session.execute(calls))
        rows = db.session.execute(select(Tag.id, Tag.label).where(Tag.label.startswith(f"{name} ")))
        tags = {str(row.id): row.label for row in rows}
        db.session.rollback()
    return entries, tags
