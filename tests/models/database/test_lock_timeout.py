"""A session that hangs with locks in PostgreSQL: nobody waits for it for ever, and each entry point says so in its own form."""

from __future__ import annotations

import socket
from contextlib import contextmanager, nullcontext

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from blueprints.worker.data import make_data_exports
from models.accounts.data_export import DataExport
from models.database import Prepared, db, in_account, locks, on_one_connection, table_of
from models.database.call_connection import call_connection
from models.privacy.export_job import read_as_of_now
from models.profiles.tag import Tag
from tests.assistant import Assistant
from tests.pages import hidden_fields, text_of

pytestmark = pytest.mark.only("postgres")
SETTING = Prepared(select(text("current_setting('lock_timeout')")))
BOTH_WAYS = pytest.mark.parametrize("held", [nullcontext, on_one_connection], ids=["session", "one connection"])


@pytest.fixture
def hung(app, monkeypatch):
    """Another session that takes a lock and does no more. It is ended in the end, so that a test fails rather than hangs."""
    monkeypatch.setattr("models.database.writer_queue.PATIENCE", 0.2)

    @contextmanager
    def hold(statement, **values):
        with app.app_context(), db.engine.connect() as other:
            other.execute(text("SET LOCAL idle_in_transaction_session_timeout = '5s'"))
            other.execute(text(statement), values)
            yield

    return hold


def is_busy(answer):
    return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0


def test_a_page_says_that_the_server_is_busy_and_works_again_afterwards(hung, alice, browser_of):
    browser = browser_of(alice)
    form = hidden_fields(browser, "/settings/profile") | {"name": "Alice Liddell", "time_zone": "Europe/Berlin"}
    with hung('SELECT id FROM "user" WHERE id = :id FOR UPDATE', id=alice.user_id):
        answer = browser.post("/settings/profile", data=form)
        assert is_busy(answer)
        assert "The server is busy" in text_of(answer)
    assert "Alice Liddell" not in browser.get("/settings/profile").get_data(as_text=True)
    assert browser.post("/settings/profile", data=form).status_code == 302


def test_an_assistant_that_writes_is_told_so(hung, claude, aperture, app):
    with hung("SELECT pg_advisory_xact_lock(:key)", key=aperture.id.int % locks.NUMBER):
        answer = claude.call("create_tag", label="Team", color="blue")
        assert is_busy(answer)
        assert "Try again" in answer.get_json()["error"]["message"]
    with app.app_context(), in_account(aperture.id):
        assert db.session.scalar(select(Tag.id)) is None
    assert claude.result("create_tag", label="Team", color="blue")["label"] == "Team"


def test_an_assistant_that_reads_is_told_so_if_its_call_cannot_be_recorded(hung, claude):
    with hung("SELECT connection_id FROM connection_use WHERE connection_id = :id FOR UPDATE", id=claude.connection_id):
        assert is_busy(claude.call("list_tags"))
    assert claude.result("list_tags")["tags"] == []


def test_an_exchange_of_tokens_is_told_so_and_the_token_stays_good(hung, app, alice, browser_of):
    claude = Assistant(app).register().connect(browser_of(alice))
    with hung("SELECT id FROM refresh_token FOR UPDATE"):
        answer = claude.refresh()
        assert is_busy(answer)
        assert answer.get_json()["error"] == "temporarily_unavailable"
    assert claude.refresh().status_code == 200


def test_a_registration_is_told_so(hung, client):
    asked = {"client_name": "App", "redirect_uris": ["https://app.example.com/callback"]}
    assert client.post("/register", json=asked).status_code == 201
    with hung("SELECT key FROM throttle FOR UPDATE"):
        answer = client.post("/register", json=asked)
        assert is_busy(answer)
        assert answer.get_json()["error"] == "temporarily_unavailable"
    assert client.post("/register", json=asked).status_code == 201


def test_a_command_says_so_without_a_traceback(hung, runner, alice):
    with hung('SELECT id FROM "user" WHERE id = :id FOR UPDATE', id=alice.user_id):
        done = runner.invoke(args=["people", "forget-factors", alice.email])
    assert done.exit_code == 1
    assert "busy" in done.output


def test_an_export_that_waits_for_a_deletion_is_made_later(hung, account_id, alice):
    export = DataExport.ask(account_id, alice.member_id).id
    db.session.commit()
    key = locks.DELETIONS + account_id.int % locks.NUMBER
    with hung("SELECT pg_advisory_xact_lock_shared(:key)", key=key):
        make_data_exports()
        assert DataExport.find(account_id, export).state == "waiting"
    make_data_exports()
    assert DataExport.find(account_id, export).available


@BOTH_WAYS
def test_every_transaction_is_limited_the_first_and_the_next(app, held):
    with app.app_context(), held():
        for end in (db.session.commit, db.session.rollback):
            assert SETTING.scalar({}) == "10s"
            end()


@BOTH_WAYS
def test_the_account_is_current_from_the_begin_and_in_no_other_transaction(account_id, held):
    count = Prepared(select(table_of(Tag).c.id))
    Tag.create(account_id, "Team", "blue")
    db.session.commit()
    with held():
        assert len(count.rows({})) == 1
        db.session.rollback()
        held_before = call_connection()
        assert held_before is None or not held_before.begun
    with db.engine.connect() as other:
        assert len(other.execute(select(table_of(Tag).c.id)).all()) == 1


def test_an_export_reads_one_moment_and_is_limited_too(account_id):
    read_as_of_now()
    for setting, value in (("transaction_isolation", "repeatable read"), ("lock_timeout", "10s")):
        assert db.session.scalar(select(text(f"current_setting('{setting}')"))) == value
    db.session.rollback()
    assert db.session.scalar(select(text("current_setting('transaction_isolation')"))) == "read committed"


def test_a_connection_that_was_lost_is_an_error_of_the_database_at_the_begin(app):
    with app.app_context(), on_one_connection():
        driver = call_connection().driver
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": driver.info.backend_pid})
        with pytest.raises(OperationalError):
            SETTING.scalar({})


def test_a_database_server_that_vanished_from_the_network_is_noticed_in_a_minute(app):
    with app.app_context(), db.engine.connect() as connection:
        wire = socket.socket(fileno=socket.dup(connection.connection.dbapi_connection.fileno()))
        with wire:
            assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 60_000
            waits = [socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT]
            idle, every, times = (wire.getsockopt(socket.IPPROTO_TCP, wait) for wait in waits)
            assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
            assert idle + every * times <= 60
