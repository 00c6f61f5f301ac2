"""`flask doctor` says in a line each what is well, and what to do where something is not."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import timedelta
from time import monotonic

import pytest

from app import create_app
from blueprints.commands.doctor import FORGED, proxies
from blueprints.web.health import DOCTOR, doctors_token
from models.database.base import db, now
from models.database.leader_election import election
from models.mail.message import Kind, Message

pytestmark = pytest.mark.both_databases


@pytest.fixture
def examined(settings):
    """Exit status, and the lines by what they are about: `examined(public_url=…)`."""

    def examine(**changed):
        app = create_app(replace(settings, **changed))
        done = app.test_cli_runner().invoke(args=["doctor"])
        with app.app_context():
            db.engine.dispose()
        assert done.exit_code in {0, 1}, done.output
        lines: dict[str, list[str]] = {}
        for line in done.stdout.splitlines():
            lines.setdefault(line[5:22].strip(), []).append(line)
        return done.exit_code, {what: "\n".join(found) for what, found in lines.items()}

    return examine


@pytest.fixture
def public_url(address):
    return address


@pytest.fixture
def working(app):
    """A worker is at work."""
    with app.app_context():
        lock = election(db.engine)
        assert lock.won()
    yield
    lock.resign()


def test_a_server_that_is_set_up_well(server, working, examined, app, database, settings):
    reader = settings.database_url if database == "postgres" else ""
    code, said = examined(backup_database_url=reader)
    # The tests' own database is in memory, and the doctor says so.
    disk = said.pop("disk", "")
    assert code == ("BAD" in disk)
    assert "BAD" not in "".join(said.values())
    assert "the newest" in said["database"]
    assert "answers" in said["public address"]


def test_a_database_that_is_not_migrated(app, examined, tmp_path):
    code, said = examined(database_url=f"sqlite:///{tmp_path}/new.db")
    assert code == 1
    assert "flask --app app db upgrade" in said["database"]
    assert (tmp_path / "new.db").stat().st_mode & 0o777 == 0o600


@pytest.mark.only("sqlite")
def test_a_database_that_others_can_read(app, examined, tmp_path):
    file = tmp_path / "open.db"
    file.touch()
    os.chmod(file, 0o644)  # noqa: PTH101
    assert "chmod 600" in examined(database_url=f"sqlite:///{file}")[1]["disk"]


def test_services_that_do_not_answer(app, examined):
    code, said = examined(mail_url="smtp://127.0.0.1:9", public_url="http://127.0.0.1:9")
    assert code == 1
    assert said["mail server"].startswith("BAD")
    assert "Is the server running" in said["public address"]


def test_a_database_that_cannot_be_opened_is_a_line_of_its_own(examined):
    code, said = examined(database_url="postgresql+psycopg://profile@127.0.0.1:9/profile")
    assert code == 1
    assert "refused" in said["database"]
    assert "Traceback" not in "".join(said.values())


def test_mail_that_nobody_sends(app, examined):
    with app.app_context():
        Message.post(Kind.PASSWORD_RESET, "ana@example.com", due_at=now() - timedelta(hours=1))
        db.session.commit()
    said = examined()[1]["worker"]
    assert "nobody has tried to send them" in said
    assert "no process does the background work. Start the server." in said
    assert "Start flask --app app work" in examined(worker="separate")[1]["worker"]


def test_proxies_that_the_settings_do_not_count(server, examined, settings):
    assert (
        "only 0 proxies add to X-Forwarded-For: set TRUSTED_PROXIES=0"
        in examined(trusted_proxies=1)[1]["public address"]
    )
    assert [*proxies(settings, [FORGED, "203.0.113.9"])] == [
        (False, "1 proxies add to X-Forwarded-For: set TRUSTED_PROXIES=1, or all clients count as one")
    ]
    assert all(well for well, _ in proxies(replace(settings, trusted_proxies=1), ["203.0.113.9"]))


def test_what_proxies_add_is_shown_to_the_doctor_alone(client):
    forwarded = {"X-Forwarded-For": "203.0.113.9"}
    assert client.get("/livez", headers=forwarded).json == {"status": "ok"}
    assert client.get("/livez", headers={**forwarded, DOCTOR: "guessed"}).json == {"status": "ok"}
    assert client.get("/livez", headers={**forwarded, DOCTOR: doctors_token()}).json["forwarded"] == ["203.0.113.9"]


@pytest.mark.only("postgres")
def test_more_connections_than_the_database_allows(app, examined):
    said = examined(database_connections=200)[1]["connections"]
    assert said.startswith("BAD")
    assert "up to 400 from each machine" in said
    assert "Lower DATABASE_CONNECTIONS" in said


def test_a_network_that_is_silent_holds_nothing_up(app, examined, monkeypatch):
    monkeypatch.setattr("blueprints.commands.doctor.WITHIN", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        began = monotonic()
        code, said = examined(
            mail_url=f"smtp://{place}?tls=off",
            public_url=f"http://{place}",
            database_url=f"postgresql+psycopg://profile@{place}/profile",
        )
    assert code == 1
    assert monotonic() - began < 10
    for what in ("database", "mail server", "public address", "worker"):
        assert "no answer within 2 s" in said[what]


@pytest.mark.asvs("16.2.2")
@pytest.mark.only("postgres")
def test_a_clock_apart_and_a_role_that_sees_too_much(app, examined, settings, monkeypatch):
    class Ahead:
        @staticmethod
        def now(_zone):
            return now() + timedelta(minutes=2)

    monkeypatch.setattr("blueprints.commands.doctor.datetime", Ahead)
    url = settings.database_url.replace("//profile@", "//profile_backup@")
    said = examined(database_url=url)[1]
    assert "NTP" in said["clock"]
    assert "Give the app a role that is no superuser" in said["role"]
