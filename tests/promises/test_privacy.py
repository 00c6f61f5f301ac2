"""The page "AI data handling" says what is true of this server, and every sentence that it says is held by tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from app import create_app
from blueprints.mail.rendering import compose
from blueprints.mcp.registry import registry
from blueprints.settings.privacy import page
from blueprints.web.template_filters import span
from models.accounts.account import Account
from models.assessments.invitation import AssessmentInvitation
from models.database.base import db
from models.database.tenancy import in_account
from models.mail.message import Message
from models.scopes import SCOPES
from tests.application import settings_for
from tests.assistant import Assistant
from tests.for_each import for_each
from tests.markup import read
from tests.pages import text_of
from tests.promises.sentences import PROMISES
from tests.test_requirements import in_the_tree

pytestmark = pytest.mark.both_databases

BARE = settings_for("sqlite:///nowhere.db")
FULL = replace(
    settings_for("sqlite:///nowhere.db", "https://profile.example.com", "smtp://mail.example.com"),
    debrief_model="anthropic:claude-sonnet-4-5",
    support_email="help@example.com",
    privacy_policy_url="https://example.com/privacy",
)
HERE = Account(name="Aperture Science", audit_retention_days=90, debriefs_by_model=False)
LETS_GO = Account(
    name="Aperture Science", audit_retention_days=90, debriefs_by_model=True, debriefs_sent_to="api.anthropic.com"
)
EVERY_CASE = [(settings, account) for settings in (BARE, FULL) for account in (None, HERE, LETS_GO)]


@pytest.fixture
def promises_on(app, monkeypatch):
    """What the page promises, by name, with these settings and for this account."""

    def promises(settings, account=None):
        monkeypatch.setitem(app.config, "PROFILE", settings)
        with app.test_request_context("/privacy/ai"):
            main = read(page(account)).all("main")[0]
        marked = [each for each in main.all("li", "p") if "id" in each.attributes]
        return {each.attributes["id"]: each.text for each in marked}

    return promises


def test_every_sentence_is_held_by_tests_and_no_row_is_left_over(promises_on):
    assert set().union(*(promises_on(*case) for case in EVERY_CASE)) == PROMISES.keys()


def test_the_tests_that_hold_a_sentence_are_there():
    assert [name for name, tests in PROMISES.items() if not tests] == []
    assert [test for tests in PROMISES.values() for test in tests if test not in in_the_tree()] == []


def test_each_promise_begins_and_ends_as_a_sentence(promises_on):
    for case in EVERY_CASE:
        for text in promises_on(*case).values():
            assert text.endswith("."), text
            assert text[0].isupper(), text


def test_what_depends_on_the_settings_says_what_they_are(promises_on):
    settings = replace(
        FULL,
        access_token_lifetime=timedelta(minutes=30),
        refresh_idle_lifetime=timedelta(days=7),
        limit_calls=77,
        refresh_absolute_lifetime=timedelta(days=90),
        limit_writes=11,
        limit_account_calls=1_234,
    )
    about = promises_on(settings)
    assert "expires after 30 minutes" in about["token"]
    assert "7 days" in about["idle"]
    assert "90 days" in about["idle"]
    for number in ("77 requests", "11 changes", "1,234 calls"):
        assert number in about["pace"]
    assert "anthropic:claude-sonnet-4-5 at api.anthropic.com" in about["model"]
    assert "mail.example.com" in about["mail"]
    assert "profile.example.com over HTTPS" in about["https"]


def test_what_depends_on_the_account_says_how_that_is(promises_on):
    assert "kept for 90 days" in promises_on(FULL, HERE)["audit-log-here"]
    assert "turned off" in promises_on(FULL, HERE)["model-off"]
    assert "turned on" in promises_on(FULL, LETS_GO)["model-on"]
    assert "between 30 and 3,650 days. The default is 400 days." in promises_on(FULL)["audit-log"]


def test_without_a_model_or_a_mail_server_it_says_so(promises_on):
    about = promises_on(BARE)
    assert "No language model is in use" in about["no-model"]
    assert "sends no e-mail" in about["no-mail"]
    assert "on this computer" in about["loopback"]
    assert not about.keys() & {"model", "mail", "https"}


@for_each(
    ("seconds", "words"),
    [
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (60, "1 minute"),
        (61, "61 seconds"),
        (86400, "1 day"),
        (2592000, "30 days"),
    ],
)
def test_times_are_said_in_their_largest_unit(seconds, words):
    assert span(timedelta(seconds=seconds)) == words


def test_of_a_mail_no_word_is_kept_but_the_note_with_its_invitation(app, alice):
    with app.app_context(), in_account(alice.account_id):
        invitation = AssessmentInvitation.invite(
            alice.account_id, "ana@example.com", note="We talk about it on Monday.", by=alice.member_id
        )
        db.session.commit()
        message = db.session.scalars(select(Message).where(Message.kind == "assessment_invitation")).one()
        letter = compose(message).letter
        kept = db.session.execute(select(*Message.__table__.c).where(Message.id == message.id)).one()
        assert "We talk about it on Monday." in letter.text
        assert invitation.note == "We talk about it on Monday."
        written = [line for line in (letter.subject, *letter.text.splitlines()) if len(line) > 15]
        assert [line for line in written if line in str(kept)] == []


def test_anybody_can_read_it_without_signing_in(client):
    page = text_of(client.get("/privacy/ai"))
    for scope in SCOPES.values():
        assert scope.name in page
        assert scope.opens in page
    for tool in registry:
        assert tool.title in page
    assert "Ask the server administrator" in page


def test_a_member_reads_it_as_it_is_for_their_account(alice, browser_of):
    page = text_of(browser_of(alice).get("/settings/privacy"))
    assert "The audit log of Aperture Science is kept for 400 days" in page
    assert "See it for your account" in text_of(browser_of(alice).get("/privacy/ai"))


def test_it_says_whom_to_ask(database_url):
    app = create_app(replace(FULL, database_url=database_url, public_url="http://localhost", mail_url=""))
    page = app.test_client().get("/privacy/ai").text
    assert 'href="mailto:help@example.com"' in page
    assert 'href="https://example.com/privacy"' in page
    with app.app_context():
        db.engine.dispose()


def test_whoever_is_asked_or_looks_at_their_apps_finds_it(app, alice, browser_of, claude):
    browser = browser_of(alice)
    for path in ("/settings/connections", "/profiles", "/settings/profile"):
        assert '"/privacy/ai"' in browser.get(path).text, path
    assert '"/settings/privacy"' in browser.get("/settings/connections").text
    question = Assistant(app, "Claude").register().ask(browser)
    assert '"/privacy/ai"' in question.text
