"""`flask demo` tells an operator who can sign in where, and stays away from servers that strangers reach."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app import create_app
from blueprints.commands import demo_password
from blueprints.worker.data import carry_out_deletions
from models.accounts.account import Account
from models.accounts.member import Member
from models.accounts.sign_up import start_account
from models.accounts.user import User
from models.database.base import db
from models.database.tenancy import in_account
from models.demo import demo_accounts, is_unused
from models.demo.users import NAMES
from models.mail.message import Message
from models.permissions import Role
from models.profiles.profile import Profile
from tests.application import settings_for
from tests.fixtures.people import HASHED, Person, add_user
from tests.pages import TOKEN, first

PUBLIC = {"public_url": "https://profile.example.com", "demo": True}


@pytest.fixture
def settings(database_url, request):
    """The settings of a server on loopback, or those that a test asks for."""
    return replace(settings_for(database_url), **getattr(request, "param", {}))


@pytest.fixture(autouse=True)
def no_password_from_before(app):
    """Every test has a database of its own, at the same place."""
    with app.app_context():
        demo_password.forget()


def demo(app, *arguments, **given):
    """What the command prints and how it ends."""
    return app.test_cli_runner().invoke(args=["demo", *arguments], **given)


def test_an_operator_reads_where_to_sign_in_and_as_whom(app):
    done = demo(app, "--profiles", "10")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[-4].split() == ["Sign", "in", "http://localhost/sign-in"]
    assert lines[-3].split() == ["As", "owner@example.com"]
    assert lines[-2].startswith("Password ")
    assert lines[-1].split() == ["For", "an", "assistant", "http://localhost/mcp"]
    assert "Aperture Science (10 profiles)" in lines
    assert "Black Mesa (5 profiles)" in lines
    assert "  manager@example.com    Marek Nowak        Manager" in lines
    assert done.stderr == ""


def password_line(done):
    return next(line for line in done.stdout.splitlines() if line.startswith("Password"))


def test_on_ones_own_machine_the_password_is_kept_in_a_file_for_its_owner_alone_and_printed_again(app):
    first, second = demo(app, "--profiles", "0"), demo(app, "--profiles", "0")
    password = password_line(first).split()[1]
    with app.app_context():
        assert User.signing_in("both@example.com", password)
        kept = demo_password.file()
    assert password_line(second) == password_line(first)
    assert kept.read_text() == f"{password}\n"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_password_that_somebody_changed_is_not_printed_for_them(app):
    first = demo(app, "--profiles", "0")
    password = password_line(first).split()[1]
    change_password(app, "user@example.com")
    line = password_line(demo(app, "--profiles", "0"))
    assert line.split()[1] == password
    assert "owner@example.com" in line
    assert "user@example.com" not in line
    for email in NAMES:
        change_password(app, email)
    line = password_line(demo(app, "--profiles", "0"))
    assert password not in line
    assert "flask demo --password" in line


def change_password(app, email):
    with app.app_context():
        User.by_email(email).password_hash = HASHED
        db.session.commit()


@pytest.mark.parametrize("settings", [PUBLIC], indirect=True)
def test_where_strangers_reach_it_the_password_is_printed_once_and_kept_nowhere(app):
    first, second = demo(app, "--profiles", "0"), demo(app, "--profiles", "0")
    password = password_line(first).split()[1]
    with app.app_context():
        assert User.signing_in("both@example.com", password)
        assert not demo_password.file().exists()
    assert "(for all of them, not shown again)" in first.stdout
    assert password not in second.stdout
    assert "flask demo --password" in second.stdout


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
    assert json.loads(demo(app, "--json", "--profiles", "10").stdout) == told


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


def test_someone_who_is_missing_gets_the_password_of_the_others(app):
    first = demo(app, "--profiles", "0")
    delete_user(app)
    assert password_line(demo(app, "--profiles", "0")) == password_line(first)


@pytest.mark.parametrize("settings", [PUBLIC], indirect=True)
def test_where_strangers_reach_it_someone_who_is_missing_gets_a_password_that_is_told_for_them_alone(app):
    demo(app, "--profiles", "0")
    delete_user(app)
    assert "(for user@example.com, not shown again)" in demo(app, "--profiles", "0").stdout


def delete_user(app):
    with app.app_context():
        db.session.delete(User.by_email("user@example.com"))
        db.session.commit()


@pytest.mark.parametrize("settings", [{"public_url": "https://profile.example.com", "demo": True}], indirect=True)
def test_where_strangers_reach_it_a_password_that_is_too_short_is_an_error_in_words(app):
    done = demo(app, "--password", "short")
    assert done.exit_code == 1
    assert done.stderr == "Error: Use at least 15 characters. A few unrelated words are easy to remember.\n"
    assert done.stdout == ""


@pytest.mark.asvs("15.2.3")
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


@pytest.fixture
def filled(app):
    """The demo with ten profiles; gives its two accounts' ids."""
    demo(app, "--profiles", "10")
    with app.app_context():
        return [account.id for account in demo_accounts()]


@pytest.mark.both_databases
def test_the_demo_is_removed_with_everything_in_it(app, filled, claude_of_demo):
    with app.app_context():
        assert not is_unused()
    done = demo(app, "--remove", input="y\n")
    assert done.exit_code == 0, done.output
    for line in ("Aperture Science, with 10 profiles", "Black Mesa, with 5 profiles", *NAMES, "Claude"):
        assert line in done.stdout
    with app.app_context():
        assert db.session.scalars(select(User.email)).all() == []
        assert not demo_password.file().exists()
        carry_out_deletions()
        assert db.session.scalars(select(Account.id)).all() == []
        assert db.session.scalars(select(Message.id)).all() == [], "nobody in the demo has a mailbox"
        assert not is_unused(), "bin/start would make the demo again"
    assert demo(app, "--remove", "--yes").stderr == "Error: There is no demo in this database.\n"


@pytest.fixture
def claude_of_demo(app, filled, connect):
    """An app that somebody connected to try it."""
    with app.app_context():
        owner = User.by_email("owner@example.com")
        member = Member.of(owner.id, filled[0])
        person = Person("Olivia", owner.email, owner.id, member.id, filled[0], "Aperture Science", Role.OWNER)
    return connect(person)


def test_without_a_yes_the_demo_stays(app, filled):
    assert demo(app, "--remove", input="n\n").exit_code == 1
    with app.app_context():
        assert [account.id for account in demo_accounts()] == filled


@pytest.mark.both_databases
def test_what_other_people_would_lose_is_deleted_only_if_one_says_so(app, filled):
    with app.app_context():
        account = db.session.get_one(Account, filled[0])
        Member.add(account, add_user("ana@weber.example", "Ana"), Role.USER)
        with in_account(filled[0]):
            Profile.create(filled[0], "ben@weber.example", "Ben", "Weber")
        db.session.commit()
    refused = demo(app, "--remove", "--yes")
    assert refused.exit_code == 1
    assert "the membership of ana@weber.example" in refused.stdout
    assert "Of the profiles, 1 " in refused.stdout
    assert "--with-real-data" in refused.stderr
    with app.app_context():
        assert [account.id for account in demo_accounts()] == filled
    assert demo(app, "--remove", "--yes", "--with-real-data").exit_code == 0
    with app.app_context():
        carry_out_deletions()
        assert db.session.scalars(select(User.email)).all() == []


@pytest.mark.both_databases
def test_an_account_outside_the_demo_keeps_its_owner_and_its_data(app, filled):
    with app.app_context():
        owner = User.by_email("owner@example.com")
        assert owner
        start_account(owner, "Weber & Co")
        db.session.commit()
    refused = demo(app, "--remove", "--yes")
    assert "owner@example.com is the only Owner of Weber & Co" in refused.stderr
    with app.app_context():
        account = db.session.scalars(select(Account).where(Account.name == "Weber & Co")).one()
        Member.add(account, add_user("ana@weber.example", "Ana"), Role.OWNER)
        db.session.commit()
    assert demo(app, "--remove", "--yes").exit_code == 0
    with app.app_context():
        carry_out_deletions()
        assert db.session.scalars(select(Account.name)).all() == ["Weber & Co"]
        assert db.session.scalars(select(User.email)).all() == ["ana@weber.example"]


@pytest.mark.asvs("6.3.2")
@pytest.mark.parametrize(
    ("settings", "gets_in"),
    [
        ({"public_url": "https://profile.example.com"}, False),
        (PUBLIC, True),
        ({}, True),
    ],
    ids=["public", "with DEMO=1", "loopback"],
    indirect=["settings"],
)
def test_a_database_with_the_demo_lets_nobody_in_by_its_password_where_strangers_reach_it(
    settings, gets_in, database_url
):
    private = create_app(settings_for(database_url))
    password = json.loads(demo(private, "--json", "--profiles", "0").stdout)["password"]
    app = create_app(settings)
    app.testing = True
    with app.test_client() as browser:
        page = browser.get("/sign-in", base_url=settings.public_url).get_data(as_text=True)
        sent = {"email": "owner@example.com", "password": password, "csrf_token": first(TOKEN.pattern, page)}
        secure = {"base_url": settings.public_url, "headers": {"Referer": settings.public_url}}
        answer = browser.post("/sign-in", data=sent, **secure)
        assert (answer.status_code == 302) is gets_in
    for each in (private, app):
        with each.app_context():
            db.engine.dispose()
