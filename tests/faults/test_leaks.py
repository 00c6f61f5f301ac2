"""Secrets are in no file of the database and on no page."""

from __future__ import annotations

import psycopg
import pytest

from blueprints.auth.access_control import MACHINE, access_of
from tests.canaries import bytes_of_files
from tests.promises.test_secrets import days_work, wire  # noqa: F401 (fixtures)

# The account is to know its labels, and a state goes back to its app.
KNOWN = {"label", "state"}


@pytest.fixture
def server(machine):
    """What `days_work` opens."""
    machine.url = f"http://127.0.0.1:{machine.port}"
    return machine


def bytes_on_disk(app, killable_postgres):
    """Every byte of the database's files, the log of what was written included."""
    if killable_postgres is None:
        with app.app_context():
            return bytes_of_files(app)
    with psycopg.connect(
        host=str(killable_postgres.home), port=killable_postgres.port, user="postgres", autocommit=True
    ) as connection:
        connection.execute("CHECKPOINT")
    files = (each for each in (killable_postgres.home / "data").rglob("*") if each.is_file())
    return b"\n".join(each.read_bytes() for each in files)


def secrets_found(app, machine, days_work, killable_postgres, browser, alice):  # noqa: F811
    kept, said = bytes_on_disk(app, killable_postgres), machine.log().encode()
    assert alice.email.encode() in kept
    assert b"profile.requests" in said
    desk = browser(alice)
    pages = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if not rule.arguments
        and "GET" in (rule.methods or ())
        and access_of(app.view_functions[rule.endpoint]) != MACHINE
    ]
    shown = [desk.http.get(page, follow_redirects=False).content for page in pages]
    places = {"the database's files": kept, "the log": said, "the pages": b"\n".join(shown)}
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, secret in days_work.items()
        if secret.encode() in content and name not in KNOWN
    ]


@pytest.mark.only("sqlite")
def test_no_secret_is_in_a_file_or_on_a_page(app, machine, days_work, browser, alice, rounds, figures):  # noqa: F811
    assert secrets_found(app, machine, days_work, None, browser, alice) == []
    figures(note=f"{len(days_work)} secrets")


@pytest.mark.only("postgres")
def test_no_secret_is_in_a_file_of_postgresql_or_on_a_page(
    killable_postgres,
    app,
    machine,
    days_work,  # noqa: F811
    browser,
    alice,
    rounds,
    figures,
):
    assert secrets_found(app, machine, days_work, killable_postgres, browser, alice) == []
    figures(note=f"{len(days_work)} secrets")
