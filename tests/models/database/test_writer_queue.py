"""A writer in another process that does not end: nobody waits for it for ever, and each entry point says so in its own form."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import contextmanager

import pytest

from models.database.base import db
from models.database.writer_queue import queue_for
from tests.pages import csrf_token, text_of

pytestmark = pytest.mark.only("sqlite")


@pytest.fixture
def busy(app, settings, monkeypatch):
    """Holds the queue as if in another process, until it is called again: a file that is opened again is one."""
    monkeypatch.setattr("models.database.writer_queue.PATIENCE", 0.2)
    other = os.open(f"{settings.database_url.removeprefix('sqlite:///')}-writer", os.O_RDWR | os.O_CREAT)

    @contextmanager
    def hold():
        with app.app_context():
            db.session.rollback()
        fcntl.flock(other, fcntl.LOCK_EX)
        yield
        fcntl.flock(other, fcntl.LOCK_UN)

    yield hold
    os.close(other)


def test_a_page_says_that_the_server_is_busy_and_works_again_afterwards(busy, alice, browser_of):
    browser = browser_of(alice)
    form = {"csrf_token": csrf_token(browser, "/tags/new"), "label": "Team", "color": "blue"}
    with busy():
        answer = browser.post("/tags/new", data=form)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        # The whole page: it did not wait for its turn to write, once more.
        assert "The server is busy" in text_of(answer)
    assert browser.post("/tags/new", data=form).status_code == 302


def test_an_assistant_is_told_so(busy, claude):
    with busy():
        answer = claude.call("create_tag", label="Team", color="blue")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Try again" in answer.get_json()["error"]["message"]


def test_an_endpoint_for_apps_is_told_so(busy, client):
    asked = {"client_name": "App", "redirect_uris": ["https://app.example.com/callback"]}
    with busy():
        answer = client.post("/register", json=asked)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.get_json()["error"] == "temporarily_unavailable"


def test_a_command_says_so_without_a_traceback(busy, runner, alice):
    with busy():
        done = runner.invoke(args=["people", "reset", alice.email])
    assert done.exit_code == 1
    assert "busy" in done.output


def test_a_turn_that_comes_too_late_is_passed_on(busy, settings):
    queue = queue_for(settings.database_url.removeprefix("sqlite:///"))
    with busy():
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                queue.enter()
    queue.enter()
    queue.leave()
