"""The limits that a person sets where they allow an app: they hold from its first call on, and what cannot be meant is asked again."""

from __future__ import annotations

from datetime import date

import pytest

from models.audit import acting_in
from models.base import db
from models.connection import Connection
from models.connection_policy import ConnectionPolicy
from models.profile import Profile
from models.tag import Tag
from models.tenancy import in_account
from tests.assistant import Assistant, answer_in, decide
from tests.mcp_client import McpClient
from tests.pages import text_of


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.fixture
def claude(app):
    return Assistant(app).register()


@pytest.fixture
def sales(app, alice):
    """A tag, which Ana carries and Ben does not."""
    with app.app_context(), in_account(alice.account_id), acting_in(alice.account_id):
        tag = Tag.create(alice.account_id, "Sales", "blue")
        ana = Profile.create(alice.account_id, "ana@example.org", "Ana", "Löwe", phone="+43 1 2345")
        Profile.create(alice.account_id, "ben@example.org", "Ben", "Huber")
        tag.put_on([ana.id])
        db.session.commit()
        return str(tag.id)


def kept(app):
    """The limits of the one connection there is."""
    with app.app_context():
        return db.session.scalars(db.select(Connection)).one().limits


def test_what_was_chosen_holds_from_the_first_call_on(app, browser, claude, sales):
    claude.connect(browser, read_only="y", hide_contact="y", only_tags=[sales], daily_calls="2", ends_on="2999-12-30")
    tools = McpClient(app, claude.access_token)

    assert "update_tag" not in tools.ask("tools/list").text
    listed = tools.call("list_profiles")
    assert "Löwe" in listed.text
    assert not any(hidden in listed.text for hidden in ("Huber", "ana@example.org", "2345"))
    tools.call("list_tags")
    assert "2 calls a day" in tools.refusal("list_tags")
    assert kept(app).ends_at.date() == date(2999, 12, 31)


def test_without_any_the_connection_has_none(app, browser, claude, sales):
    page = claude.ask(browser)
    assert "Limit what it sees and does" in text_of(page)
    assert "<details" in page.text
    decide(browser, page)
    assert not any(vars_of(kept(app)))


def vars_of(limits):
    return [limits.read_only, limits.hide_contact, limits.only_tags, limits.daily_calls, limits.ends_at]


def test_the_trail_says_that_it_was_limited(browser, claude, trail, alice):
    claude.connect(browser, read_only="y")
    deeds = [action for action, _ in trail(alice)]
    assert deeds.index("connection.created") < deeds.index("connection.limited")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("daily_calls", "0", "Choose between 1 and 1,000,000 calls a day"),
        ("daily_calls", "many", "Not a valid integer value"),
        ("ends_on", "2020-01-01", "This date is over."),
        ("ends_on", "tomorrow", "Not a valid date value"),
        ("only_tags", "01920000-0000-7000-8000-000000000000", "is not a valid choice"),
    ],
)
def test_what_cannot_be_meant_is_asked_again_and_nothing_else_is_lost(app, browser, claude, sales, field, value, said):
    page = claude.ask(browser, scope="profiles:read tags:manage")
    answered = decide(browser, page, **{"hide_contact": "y", field: value})
    assert answered.status_code == 400
    assert said in text_of(answered)
    assert '<details class="panel" open>' in answered.text
    with app.app_context():
        assert not db.session.scalars(db.select(Connection)).all()

    # The same question is still open.
    answered.status_code = 200
    assert "code" in answer_in(decide(browser, answered, hide_contact="y"))
    assert kept(app).hide_contact


def test_saying_no_needs_no_sensible_limits(app, browser, claude):
    page = claude.ask(browser)
    answered = answer_in(decide(browser, page, "deny", ends_on="2020-01-01"))
    assert answered["error"] == "access_denied"


def test_an_app_that_is_connected_keeps_its_limits_and_shows_them(app, browser, claude, sales):
    claude.connect(browser, read_only="y", only_tags=[sales])
    page = claude.ask(browser)
    said = text_of(page)
    assert "It only reads: it can change and send nothing." in said
    assert "It sees only profiles with the tag Sales." in said
    assert 'name="read_only"' not in page.text

    decide(browser, page)
    assert kept(app).read_only


def test_limits_for_an_app_that_was_connected_meanwhile_are_not_lost_unseen(app, browser, claude):
    stale = claude.ask(browser)
    decide(browser, claude.ask(browser))
    answered = decide(browser, stale, read_only="y")
    assert answered.status_code == 400
    assert "is already connected to Aperture Science, with the limits below." in text_of(answered)
    assert "It has no limits of its own." in text_of(answered)


def test_the_tags_are_those_of_the_account_that_is_chosen(app, browser, claude, sales, new_person, black_mesa):
    new_person("Alice", black_mesa)
    page = claude.ask(browser)
    elsewhere = decide(browser, page, account=str(black_mesa.id), only_tags=[sales])
    assert elsewhere.status_code == 400
    assert "is not a valid choice" in text_of(elsewhere)
    with app.app_context():
        assert not db.session.scalars(db.select(Connection)).all()


def test_the_policy_of_the_account_is_said_before_anything_is_allowed(app, browser, claude, alice):
    with app.app_context(), acting_in(alice.account_id), in_account(alice.account_id):
        ConnectionPolicy.of(alice.account_id).change(read_only=True, daily_calls=1, longest_days=30)
        db.session.commit()
    said = text_of(claude.ask(browser))
    assert "The account's policy holds for every app:" in said
    assert "It only reads" in said
    assert "at most 1 call a day." in said
    assert "After 30 days it must ask you again." in said
    assert "Limit it further" in said
