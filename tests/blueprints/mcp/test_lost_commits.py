"""A commit fails at its last moment. Nobody is told that nothing was done unless that is certain, and a call never has two entries."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from blueprints.mcp import audit
from blueprints.web.errors import UNKNOWN
from models.audit.recorder import AuditEntry
from models.database.base import db
from models.database.engine import on_one_connection
from models.database.tenancy import in_account
from models.profiles.tag import Tag
from tests.application import settings_for, unhurried
from tests.cable import Cable
from tests.pages import hidden_fields, text_of

pytestmark = pytest.mark.both_databases
on_postgres, on_sqlite = pytest.mark.only("postgres"), pytest.mark.only("sqlite")

NOTHING = "Nothing was changed"


@pytest.fixture
def cable(database_url) -> Iterator[Cable | None]:
    port = make_url(database_url).port
    cable = Cable(port) if port else None
    yield cable
    if cable:
        cable.listener.close()


@pytest.fixture
def settings(database_url, cable, public_url, mail_url):
    url = make_url(database_url).set(port=cable.port) if cable else make_url(database_url)
    return unhurried(settings_for(url.render_as_string(hide_password=False), public_url, mail_url))


@pytest.fixture
def kept(app, alice):
    """The tags, and the outcomes in the audit log."""

    def read():
        with app.app_context(), in_account(alice.account_id):
            calls = select(AuditEntry.outcome).where(AuditEntry.action == "tool.called")
            found = list(db.session.scalars(select(Tag.label))), list(db.session.scalars(calls))
            db.session.rollback()
            return found

    return read


@on_postgres
@pytest.mark.parametrize("breaks", ["its answer", "late"])
def test_a_change_whose_commit_was_not_answered_is_found_done(cable, claude, kept, breaks):
    claude.result("list_tags")
    cable.breaks = breaks
    assert claude.result("create_tag", label="Kyiv", color="red")["label"] == "Kyiv"
    assert cable.breaks is None
    assert kept() == (["Kyiv"], ["allowed", "allowed"])


@on_postgres
def test_a_read_whose_entry_was_not_confirmed_is_answered_and_has_one(cable, claude, kept):
    cable.breaks = "its answer"
    assert claude.result("list_tags")["total"] == 0
    assert cable.breaks is None
    assert kept() == ([], ["allowed"])


@on_postgres
def test_a_change_whose_commit_never_arrived_is_known_not_to_be_done(cable, claude, kept):
    cable.breaks = "on its way"
    answer = claude.call("create_tag", label="Kyiv", color="red")
    assert answer.status_code == 503
    assert NOTHING in answer.json["error"]["message"]
    assert kept() == ([], ["failed"])


@on_postgres
def test_while_the_database_cannot_be_asked_the_answer_is_that_nobody_knows(cable, claude, kept):
    cable.breaks = "for good"
    answer = claude.call("create_tag", label="Kyiv", color="red")
    assert_unknown(answer, answer.json["error"]["message"])
    assert answer.headers["X-Request-ID"] in answer.json["error"]["message"]
    answer = claude.call("list_tags")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")
    assert NOTHING in answer.json["error"]["message"]
    cable.broken = False
    assert kept() == (["Kyiv"], ["allowed"])


@on_postgres
def test_a_page_and_an_oauth_endpoint_say_so_too(cable, client, browser_of, alice, kept):
    browser = browser_of(alice)
    filled = hidden_fields(browser, "/tags/new") | {"label": "Kyiv", "color": "red"}
    cable.breaks = "its answer"
    answer = browser.post("/tags/new", data=filled)
    assert_unknown(answer, text_of(answer).removeprefix("We do not know whether this was saved "))
    assert kept()[0] == ["Kyiv"]
    cable.breaks = "its answer"
    answer = client.post("/register", json={"client_name": "Claude", "redirect_uris": ["http://localhost/callback"]})
    assert_unknown(answer, answer.json["error_description"])
    assert answer.json["error"] == "server_error"


def assert_unknown(answer, text):
    assert answer.status_code == 500
    assert text.startswith(str(UNKNOWN))
    assert NOTHING not in text
    assert "Retry-After" not in answer.headers


@contextmanager
def disk_that_fails(settings) -> Iterator[None]:
    """SQLite's log cannot grow: the kernel refuses to write beyond where it ends now, and SQLite calls that an input/output error."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = Path(settings.database_url.removeprefix("sqlite:///") + "-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@on_sqlite
def test_a_disk_that_fails_at_the_commit_leaves_the_outcome_unknown(claude, settings, kept):
    with disk_that_fails(settings):
        answers = [claude.call("create_tag", label="Kyiv", color="red"), claude.call("list_tags")]
    for answer in answers:
        assert_unknown(answer, answer.json["error"]["message"])
    assert kept() == ([], [])
    assert claude.result("create_tag", label="Kyiv", color="red")["label"] == "Kyiv"
    assert kept() == (["Kyiv"], ["allowed"])


@on_sqlite
def test_if_the_disk_works_again_it_is_certain_that_nothing_was_done(claude, settings, kept, monkeypatch):
    with disk_that_fails(settings), monkeypatch.context() as patched:
        patched.setattr(audit, "on_one_connection", after(repair, on_one_connection))
        answer = claude.call("create_tag", label="Kyiv", color="red")
    assert answer.status_code == 503
    assert NOTHING in answer.json["error"]["message"]
    assert kept() == ([], ["failed"])


def repair() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))


def after(first, then):
    def both():
        first()
        return then()

    return both
