"""A person revokes an app in the middle of its work. Once the page has said so, nothing of that app is written any more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection
from threading import Semaphore

import pytest
from sqlalchemy import func, select

from models.audit.recorder import AuditEntry
from models.database.base import db
from models.database.engine import only_reading
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.fixtures.assistants import ConnectedApp
from tests.races.start import Reply, send

pytestmark = [pytest.mark.races, pytest.mark.both_databases]
WRITERS = 16
WARMED_UP = 4
MOST = 200


class Writing:
    """An app that creates tags over several connections at once, until it is refused."""

    def __init__(self, port: int, app: ConnectedApp, word: str) -> None:
        self.port, self.app, self.word = port, app, word
        self.written = Semaphore(0)

    def start(self, threads: ThreadPoolExecutor) -> list[Future[list[int]]]:
        return [threads.submit(self.write, number) for number in range(WRITERS)]

    def write(self, number: int) -> list[int]:
        """The statuses of the answers, the last of which is the first that was no 200."""
        connection, statuses = HTTPConnection("127.0.0.1", self.port, timeout=30), []
        for turn in range(MOST):
            statuses.append(self.create_tag(connection, f"{self.word} {number} {turn}"))
            if statuses[-1] != 200:
                break
            self.written.release()
        connection.close()
        return statuses

    def create_tag(self, connection: HTTPConnection, label: str) -> int:
        """The status of the answer."""
        return self.reply(connection, label).status

    def reply(self, connection: HTTPConnection, label: str) -> Reply:
        body, headers = self.app.message(
            "tools/call", {"name": "create_tag", "arguments": {"label": label, "color": "red"}}
        )
        sent = headers | {"Authorization": f"Bearer {self.app.token}", "Content-Type": "application/json"}
        return send(connection, "/mcp", json.dumps(body), sent)

    def wait_until_busy(self) -> None:
        """Return when several tags were created."""
        for _ in range(WARMED_UP):
            assert self.written.acquire(timeout=30)


@pytest.fixture
def written(app, alice) -> Iterator[object]:
    """Counts the tags, and the calls in the audit log that created one; with a connection that is open already, so at once."""
    allowed = select(func.count()).where(AuditEntry.action == "tool.called", AuditEntry.outcome == "allowed")
    with app.app_context(), in_account(alice.account_id):

        def count() -> tuple[int, int]:
            with only_reading():
                tags, calls = db.session.scalar(select(func.count()).select_from(Tag)), db.session.scalar(allowed)
                db.session.rollback()
                return tags or 0, calls or 0

        yield count


@pytest.mark.asvs("10.4.9")
def test_nothing_is_written_after_the_revocation_was_acknowledged(server, connect, alice, browser, rounds, written):
    page = browser(alice)
    token = csrf_token(page)
    written()
    with ThreadPoolExecutor(WRITERS) as threads:
        for batch in rounds(1):
            writing = Writing(server.port, connect(alice), f"round {batch.start}")
            answers = writing.start(threads)
            writing.wait_until_busy()
            address = f"/settings/connections/{writing.app.connection_id}/revocation"
            acknowledged = page.http.post(address, data={"csrf_token": token}, follow_redirects=False)
            at_that_moment = written()
            assert acknowledged.status_code == 302
            statuses = [answer.result() for answer in answers]
            assert written() == at_that_moment
            assert at_that_moment[0] == at_that_moment[1]
            assert {status for each in statuses for status in each[:-1]} <= {200}
            assert {each[-1] for each in statuses} == {401}


def csrf_token(page):
    page.open("/settings/profile")
    return next(i.attributes["value"] for i in page.page.all("input") if i.attributes.get("name") == "csrf_token")
