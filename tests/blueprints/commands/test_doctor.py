"""`flask doctor` says in a line each what is well, and what to do where something is not."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from app import create_app
from models.database.base import db, now
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


def test_a_server_that_is_set_up_well(server, examined, app, database, settings):
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
    assert "nobody has tried to send them" in examined()[1]["worker"]


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
