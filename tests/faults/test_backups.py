"""Backups are made while apps work, and restored elsewhere: complete, verified, and nobody is signed in or connected there."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace

import pyrage
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from app import create_app
from models.connections.connection import Connection
from models.database.base import db
from models.database.tenancy import in_account
from models.oauth.tokens import issue_refresh_token
from models.profiles.tag import Tag
from tests.databases import SERVER
from tests.faults.machines import flask
from tests.mcp_client import McpClient

KEY, OTHER_KEY = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()

# What `flask restore` says of an audit log, with a seal that the backup knew and without one.
UNCHANGED = re.compile("is unchanged|Consistent in itself")
# A call, a renewal, and a page.
OPEN, REFUSED = [200, 200, 200], [401, 400, 302]


@pytest.fixture
def settings(settings):
    url = settings.database_url.replace("//profile@", "//profile_backup@")
    return replace(settings, backup_database_url=url if "postgresql" in url else "")


@pytest.fixture
def elsewhere(request, database, settings, tmp_path):
    """Gives the settings of other servers, each with an empty database."""
    made = []

    def make(number):
        name = f"elsewhere_{os.getpid()}_{number}"
        if database == "sqlite":
            return replace(settings, database_url=f"sqlite:///{tmp_path / name}.db")
        made.append(name)
        url = request.config.stash[SERVER].create(name)
        return replace(settings, database_url=url, backup_database_url=url.replace("//profile@", "//profile_backup@"))

    yield make
    for name in made:
        request.config.stash[SERVER].drop(name)


@pytest.fixture
def keys(tmp_path):
    """Two files with secret keys, the right one and another."""
    files = []
    for name, key in (("right", KEY), ("wrong", OTHER_KEY)):
        files.append(tmp_path / f"{name}.txt")
        files[-1].write_text(f"{key}\n")
    return files


@pytest.fixture
def credentials(app, settings, claude, browser, alice, machine):
    """What opens a way in now, and must not after a restore: a token, a refresh token with its app, and a browser's cookie."""
    with app.app_context():
        refresh = issue_refresh_token(claude.authorization_id)
        client_id = db.session.get_one(Connection, claude.connection_id).client.client_id
        db.session.commit()
        db.engine.dispose()
    held = claude.token, refresh, client_id, browser(alice).http.cookies["profile"]
    assert ways_in(settings, held) == OPEN
    return held


def ways_in(settings, credentials):
    """How each of them is answered by a server with this database."""
    token, refresh, client_id, cookie = credentials
    there = create_app(settings)
    body, headers = McpClient(there).message("tools/call", {"name": "list_tags", "arguments": {}})
    client, at = there.test_client(use_cookies=False), {"base_url": settings.public_url}
    renewal = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": client_id}
    statuses = [
        client.post("/mcp", json=body, headers=headers | {"Authorization": f"Bearer {token}"}, **at).status_code,
        client.post("/token", data=renewal, **at).status_code,
        client.get("/settings/profile", headers={"Cookie": f"profile={cookie}"}, **at).status_code,
    ]
    with there.app_context():
        db.engine.dispose()
    return statuses


def labels_in(settings, account_id):
    restored = create_app(settings)
    with restored.app_context(), in_account(account_id):
        found = set(db.session.scalars(select(Tag.label)))
        live = db.session.scalar(select(func.count()).where(Connection.revoked_at.is_(None)))
        db.session.rollback()
        db.engine.dispose()
    return found, live


def test_a_backup_under_load_is_complete_and_restores_elsewhere(
    machine, settings, crew_of, rounds, check, figures, elsewhere, keys, tmp_path, credentials, alice
):
    right, wrong = keys
    for number in rounds:
        crew, file = crew_of(number), tmp_path / f"{number}.backup"
        with crew.working():
            acknowledged = {label for hand in [*crew.hands] for label in [*hand.created]}
            done = flask(settings, "backup", str(file), "--for", str(KEY.to_public()))
            assert done.returncode == 0, done.stdout
        there, cut = elsewhere(number), tmp_path / "cut.backup"
        cut.write_bytes(file.read_bytes()[:-100])
        for bad in ((cut, right), (file, wrong)):
            refused = flask(there, "restore", str(bad[0]), "--identity", str(bad[1]))
            assert refused.returncode == 1, refused.stdout
        done = flask(there, "restore", str(file), "--identity", str(right))
        assert done.returncode == 0, done.stdout
        verdict = next(line for line in done.stdout.splitlines() if line.startswith(f"{alice.account_name}: "))
        assert UNCHANGED.search(verdict), verdict
        found, live = labels_in(there, alice.account_id)
        assert acknowledged <= found, "a write that was acknowledged before the backup is not in it"
        assert live == 0
        assert ways_in(there, credentials) == REFUSED
        figures(statuses=dict.fromkeys(REFUSED, 1))
        file.unlink()
        # It seals the audit log, too: the next backup knows a seal.
        check(crew)


def test_after_another_kind_of_restore_every_token_is_refused(
    machine, settings, database, elsewhere, rounds, credentials, figures
):
    """A copy made by other means is as old as it is: `flask data restored` ends what may have ended since."""
    for number in rounds:
        there = elsewhere(number)
        if database == "sqlite":
            with (
                closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as now,
                closing(sqlite3.connect(there.database_url.removeprefix("sqlite:///"))) as then,
            ):
                now.backup(then)
        else:
            copy(settings, there)
        done = flask(there, "data", "restored", "--yes")
        assert done.returncode == 0, done.stdout
        assert ways_in(there, credentials) == REFUSED
        figures(statuses=dict.fromkeys(REFUSED, 1))


def copy(settings, there):
    """By PostgreSQL's own programs, with a role that reads all rows."""
    reader, writer = (
        make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        for url in (settings.backup_database_url, there.database_url)
    )
    dump = subprocess.run(["pg_dump", "--no-owner", "--no-privileges", reader], capture_output=True, check=True)
    command = ["psql", "-q", "-v", "ON_ERROR_STOP=1", writer]
    subprocess.run(command, input=dump.stdout, capture_output=True, check=True)
