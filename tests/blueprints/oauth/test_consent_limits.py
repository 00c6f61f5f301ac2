"""The limits that a person sets where they allow an app: they hold from its first call on, and what cannot be meant is asked again."""

from __future__ import annotations

import re
import uuid
from datetime import date, timedelta

import pytest

from models.accounts.member import Member
from models.connections import lifecycle as lifecycle
from models.connections.authorization import Authorization, EndReason
from models.connections.connection import Connection
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.database.tenancy import in_account
from models.errors import NotAllowed
from models.oauth.consent_rules import Standing
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.assistant import answer_in, decide
from tests.mcp_client import McpClient
from tests.pages import text_of


@pytest.fixture
def sales(app, alice):
    """A tag, which Ana carries and Ben does not."""
    with app.app_context(), in_account(alice.account_id):
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
    assert not any(hidden in listed.text for hidden in ("Huber", "ana@example.org", "+43 1 2345"))
    tools.call("list_tags")
    assert "2 calls a day" in tools.refusal("list_tags")
    assert kept(app).ends_at.date() == date(2999, 12, 31)


def test_without_any_the_connection_has_none(app, browser, claude, sales):
    page = claude.ask(browser)
    assert "More limits" in text_of(page)
    assert "<details" in page.text
    decide(browser, page)
    assert not any(vars_of(kept(app)))


def vars_of(limits):
    return [limits.read_only, limits.hide_contact, limits.only_tags, limits.daily_calls, limits.ends_at]


def test_the_audit_log_says_that_it_was_limited(browser, claude, audit_log, alice):
    claude.connect(browser, read_only="y")
    deeds = [action for action, _ in audit_log(alice)]
    assert deeds.index("connection.created") < deeds.index("connection.limited")


@pytest.mark.asvs("2.2.3")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("daily_calls", "0", "Choose between 1 and 1,000,000 calls a day"),
        ("daily_calls", "many", "Enter a whole number"),
        ("ends_on", "2020-01-01", "This date is in the past. Choose today or a later day, or leave it empty"),
        ("ends_on", "tomorrow", "Enter a day as year, month and day"),
        ("only_tags", "01920000-0000-7000-8000-000000000000", "Choose one of the values offered here."),
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
    assert "It can read, but cannot change or send anything." in said
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
    assert "This connection has no limits." in text_of(answered)


def test_the_tags_are_those_of_the_account_that_is_chosen(app, browser, claude, sales, new_person, black_mesa):
    new_person("Alice", black_mesa)
    page = claude.ask(browser)
    elsewhere = decide(browser, page, account=str(black_mesa.id), only_tags=[sales], read_only="y")
    assert sales not in elsewhere.text
    with app.app_context():
        assert not db.session.scalars(db.select(Connection)).all()
    again = decide(browser, elsewhere, only_tags=[sales])
    assert again.status_code == 400
    assert "Choose one of the values offered here." in text_of(again)


def test_the_policy_of_the_account_is_said_before_anything_is_allowed(app, browser, claude, alice):
    with app.app_context(), in_account(alice.account_id):
        ConnectionPolicy.of(alice.account_id).change(read_only=True, daily_calls=1, longest_days=30)
        db.session.commit()
    said = text_of(claude.ask(browser))
    assert "The account's policy limits every app:" in said
    assert "It can read" in said
    assert "at most 1 call a day." in said
    assert "After 30 days you must connect it again." in said
    assert "More limits" in said


def on(app, alice, deed):
    """Do something with the one connection there is, as Alice would."""
    with app.app_context(), in_account(alice.account_id):
        connections = db.session.scalars(db.select(Connection)).all()
        deed(*connections)
        db.session.commit()


@pytest.fixture
def over(app, alice, browser, claude, sales):
    """Claude as Alice had connected it, within limits, until yesterday."""
    claude.connect(browser, hide_contact="y", only_tags=[sales], daily_calls="7", ends_on="2999-12-30")
    with app.app_context():
        db.session.execute(db.update(Connection).values(ends_at=now() - timedelta(days=1)))
        db.session.commit()
    return claude


def test_an_app_whose_last_day_is_over_is_asked_about_afresh_with_the_limits_it_had(browser, over, sales):
    page = over.ask(browser)
    said = text_of(page)
    assert "This app was connected before, until" in said
    assert "E-mail addresses and phone numbers are hidden from it." in said
    assert "Its access ends after" not in said
    assert "already connected" not in said
    filled_in = re.findall(r"<input[^>]*\bchecked\b[^>]*>", page.text)
    assert {"hide_contact", "only_tags"} <= {re.search(r'name="(\w+)"', tag)[1] for tag in filled_in}
    assert re.search(r'name="daily_calls"[^>]*value="7"|value="7"[^>]*name="daily_calls"', page.text)
    assert 'value="2' not in page.text[page.text.index('name="ends_on"') :][:200]


def test_a_tag_that_is_gone_meanwhile_is_not_left_out_unseen(app, alice, browser, over, sales):
    on(app, alice, lambda _connection: Tag.find(alice.account_id, uuid.UUID(sales)).delete())
    said = text_of(over.ask(browser))
    assert "It sees only profiles with the tag a deleted tag." in said
    assert "If you select no tag below, the app sees all profiles" in said


def test_an_app_whose_last_day_is_over_can_be_connected_anew(app, browser, over, alice, audit_log):
    assert McpClient(app, over.access_token).call("list_tags").status_code == 401
    former = over.refresh_token
    page = over.ask(browser)
    over.keep(over.redeem(over.code_in(decide(browser, page, hide_contact="y"))))

    McpClient(app, over.access_token).result("list_tags")
    assert over.refresh(former).json["error"] == "invalid_grant"
    assert [action for action, _ in audit_log(alice)].count("connection.created") == 2
    with app.app_context():
        new, old = db.session.scalars(db.select(Connection).order_by(Connection.id.desc())).all()
        assert (new.active, new.limits.hide_contact, new.limits.daily_calls) == (True, True, None)
        assert (old.active, old.revoked_at, old.end_reason) == (False, old.ends_at, EndReason.END_DATE)
        assert {each.end_reason for each in old.authorizations} == {EndReason.END_DATE}
    shown = text_of(browser.get("/settings/audit"))
    assert "The connection of Claude for Alice ended: its end date had passed" in shown


def test_what_is_over_is_history_and_nothing_of_it_can_be_changed(app, alice, browser, over):
    with app.app_context(), in_account(alice.account_id):
        member = db.session.get_one(Member, alice.member_id)
        (old,) = db.session.scalars(db.select(Connection)).all()
        assert (old.active, old.needs_reconnect, old.granted, old.live_authorizations) == (
            False,
            False,
            frozenset(),
            [],
        )
        assert Connection.live_of(member) == []
        assert Standing(member, old.client).known is None
        with pytest.raises(NotAllowed, match="its end date had passed"):
            lifecycle.limit(old, ends_at=None)


def test_what_the_policy_wants_asked_again_needs_to_reconnect_and_then_goes_on(app, alice, browser, claude):
    claude.connect(browser)
    with app.app_context(), in_account(alice.account_id):
        ConnectionPolicy.of(alice.account_id).change(longest_days=7)
        db.session.execute(db.update(Authorization).values(created_at=now() - timedelta(days=8)))
        db.session.commit()
        (known,) = db.session.scalars(db.select(Connection)).all()
        assert (known.active, known.needs_reconnect, known.granted) == (True, True, frozenset())
    claude.connect(browser)

    McpClient(app, claude.access_token).result("list_tags")
    with app.app_context():
        (known,) = db.session.scalars(db.select(Connection)).all()
        assert not known.needs_reconnect


def test_a_paused_app_stays_paused_when_it_is_connected_again_and_both_pages_say_so(app, alice, browser, claude):
    claude.connect(browser)
    on(app, alice, lambda connection: lifecycle.pause(connection))
    page = claude.ask(browser)
    stays = "It is paused. Whatever you allow here, it has no access until you resume it"
    assert stays in text_of(page)
    answered = decide(browser, page)
    assert stays in text_of(answered)
    claude.keep(claude.redeem(claude.code_in(answered)))

    assert "paused" in McpClient(app, claude.access_token).refusal("list_tags")
    on(app, alice, lambda connection: lifecycle.resume(connection))
    assert "paused" not in text_of(claude.ask(browser))


def test_an_end_that_is_too_far_away_is_asked_again(browser, claude):
    answered = decide(browser, claude.ask(browser), ends_on="9999-12-31")
    assert answered.status_code == 400
    assert "Choose a day up to 31 December 2999" in text_of(answered)


def test_saying_no_needs_no_end_that_is_near(browser, claude):
    assert answer_in(decide(browser, claude.ask(browser), "deny", ends_on="9999-12-31"))["error"] == "access_denied"


def test_a_tag_that_nobody_carries_is_asked_again(app, alice, browser, claude, sales):
    with app.app_context(), in_account(alice.account_id):
        nobody = str(Tag.create(alice.account_id, "Nobody", "blue").id)
        db.session.commit()
    answered = decide(browser, claude.ask(browser), only_tags=[nobody])
    assert answered.status_code == 400
    assert "No profile has any of these tags yet" in text_of(answered)
    with app.app_context():
        assert not db.session.scalars(db.select(Connection)).all()


@pytest.mark.parametrize("chosen", [{"read_only": "y"}, {}])
def test_reading_alone_of_what_only_writes_is_asked_again_whoever_limits_it(app, alice, browser, claude, chosen):
    if not chosen:
        with app.app_context(), in_account(alice.account_id):
            ConnectionPolicy.of(alice.account_id).change(read_only=True)
            db.session.commit()
    page = claude.ask(browser, scope="profiles:write account:write")
    answered = decide(browser, page, **chosen)
    assert answered.status_code == 400
    assert "Scopes that can read: profiles:read, tags:manage, account:read." in text_of(answered)
    with app.app_context():
        assert not db.session.scalars(db.select(Connection)).all()
