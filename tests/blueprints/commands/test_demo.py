"""`flask demo` tells an operator who can sign in where, and stays away from servers that strangers reach."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import create_app
from models.accounts.user import User
from models.database.base import db
from tests.application import settings_for


@pytest.fixture
def settings(database_url, request):
    """The settings of a server on loopback, or those that a test asks for."""
    return replace(settings_for(database_url), **getattr(request, "param", {}))


def demo(app, *arguments):
    """What the command prints and how it ends."""
    return app.test_cli_runner().invoke(args=["demo", *arguments])


def test_an_operator_reads_where_to_sign_in_and_as_whom(app):
    done = demo(app, "--profiles", "10")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["Sign", "in", "http://localhost/sign-in"]
    assert lines[1].startswith("Password ")
    assert lines[2].split() == ["For", "an", "assistant", "http://localhost/mcp"]
    assert "Aperture Science (10 profiles)" in lines
    assert "Black Mesa (5 profiles)" in lines
    assert "  manager@example.com    Marek Nowak        Manager" in lines
    assert done.stderr == ""


def test_the_password_is_printed_by_the_first_run_only(app):
    first, second = demo(app, "--profiles", "0"), demo(app, "--profiles", "0")
    password = first.stdout.splitlines()[1].split()[1]
    with app.app_context():
        assert User.signing_in("both@example.com", password)
    assert "(for all of them, not shown again)" in first.stdout
    assert password not in second.stdout
    assert "set before, use --password" in second.stdout


def test_a_program_reads_ids_addresses_roles_counts_and_the_password(app):
    done = demo(app, "--json", "--profiles", "10")
    told = json.loads(done.stdout)
    assert set(told) == {"accounts", "people", "profiles", "password", "mcp_url", "sign_in_url"}
    aperture, black_mesa = told["accounts"]
    assert (aperture["name"], black_mesa["name"]) == ("Aperture Science", "Black Mesa")
    assert told["people"][4] == {
        "email": "both@example.com",
        "name": "Bianca Rossi",
        "memberships": [
            {"account": "Aperture Science", "account_id": aperture["id"], "role": "User"},
            {"account": "Black Mesa", "account_id": black_mesa["id"], "role": "Owner"},
        ],
    }
    assert told["profiles"] == {"Aperture Science": 10, "Black Mesa": 5}
    assert len(told["password"]) >= 15
    assert told["mcp_url"] == "http://localhost/mcp"
    assert told["sign_in_url"] == "http://localhost/sign-in"
    assert json.loads(demo(app, "--json", "--profiles", "10").stdout) == told | {"password": None}


def test_on_ones_own_machine_any_password_will_do(app):
    assert json.loads(demo(app, "--json", "--profiles", "0", "--password", "demo").stdout)["password"] == "demo"
    with app.app_context():
        assert User.signing_in("owner@example.com", "demo")


def test_a_password_that_is_given_is_used_and_told(app):
    demo(app, "--profiles", "0")
    told = json.loads(demo(app, "--json", "--profiles", "0", "--password", "a tin of blue paint 7").stdout)
    assert told["password"] == "a tin of blue paint 7"
    with app.app_context():
        assert User.signing_in("owner@example.com", "a tin of blue paint 7")


def test_someone_who_is_missing_gets_a_password_that_is_told_for_them_alone(app):
    demo(app, "--profiles", "0")
    with app.app_context():
        db.session.delete(User.by_email("user@example.com"))
        db.session.commit()
    assert "(for user@example.com, not shown again)" in demo(app, "--profiles", "0").stdout


@pytest.mark.parametrize("settings", [{"public_url": "https://profile.example.com", "demo": True}], indirect=True)
def test_where_strangers_reach_it_a_password_that_is_too_short_is_an_error_in_words(app):
    done = demo(app, "--password", "short")
    assert done.exit_code == 1
    assert done.stderr == "Error: Use at least 15 characters. A few unrelated words are easy to remember.\n"
    assert done.stdout == ""


@pytest.mark.parametrize("settings", [{"public_url": "https://profile.example.com"}], indirect=True)
def test_a_server_that_strangers_reach_is_left_alone(app):
    done = demo(app)
    assert done.exit_code == 1
    assert "only on loopback or with DEMO=1. This server is https://profile.example.com" in done.stderr
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.parametrize("settings", [{"public_url": "https://profile.example.com", "demo": True}], indirect=True)
def test_it_runs_there_where_the_configuration_asks_for_it(app):
    done = demo(app, "--json", "--profiles", "0")
    assert json.loads(done.stdout)["mcp_url"] == "https://profile.example.com/mcp"


def test_a_larger_number_is_counted_while_it_grows(app):
    done = demo(app, "--json", "--profiles", "1200")
    assert done.stderr.splitlines() == [
        "1,000 profiles written …",
        "1,200 profiles written …",
        "1,440 profiles written …",
    ]
    assert json.loads(done.stdout)["profiles"] == {"Aperture Science": 1200, "Black Mesa": 240}


@pytest.mark.parametrize("profiles", ["-1", "1000001", "many"])
def test_a_number_that_makes_no_sense_is_refused(app, profiles):
    assert demo(app, "--profiles", profiles).exit_code == 2


def test_a_database_without_tables_is_named_as_what_it_is(tmp_path):
    app = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.db'}"))
    done = demo(app)
    assert done.exit_code == 1
    assert done.stderr == "Error: This database has no tables yet. Create them first: flask db upgrade\n"
    with app.app_context():
        db.engine.dispose()
