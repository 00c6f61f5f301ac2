"""What a person chose on the consent page is not lost when something comes between it and the answer, and never becomes more."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from models.accounts.member import Member
from models.connections.connection import Connection
from models.database.base import db, now
from models.database.tenancy import in_account
from models.identity.session import LoginSession
from models.oauth.consent_request import ConsentRequest
from models.oauth.device_authorization import DEVICE_GRANT
from models.permissions import Role
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.scopes import ALL_SCOPES
from tests.assistant import Assistant, answer_in, fields_of
from tests.fixtures.people import PASSWORD
from tests.markup import read
from tests.pages import text_of
from tests.plain_browser import unchanged_fields

KEPT = "What you chose is filled in again."
LIMITS = {"read_only": "y", "hide_contact": "y", "daily_calls": "7", "ends_on": "2999-12-30"}


def tag_in(app, account_id, label="Sales"):
    """The id of a new tag that somebody has."""
    with app.app_context(), in_account(account_id):
        tag = Tag.create(account_id, label, "blue")
        tag.put_on([Profile.create(account_id, "ana@example.org").id])
        db.session.commit()
        return str(tag.id)


@pytest.fixture
def sales(app, alice):
    return tag_in(app, alice.account_id)


@pytest.fixture
def both(new_person, aperture, black_mesa):
    """Somebody who owns two accounts; Aperture Science is shown first."""
    new_person("Both", aperture, Role.OWNER)
    return new_person("Both", black_mesa, Role.OWNER)


def filled_in(page):
    """The consent form as a browser would send it now, by field."""
    forms = [form for form in read(page.text).all("form") if "data-consent" in form.attributes]
    fields = defaultdict(list)
    for name, value in unchanged_fields(forms[0]):
        fields[name].append(value)
    return fields


def press(browser, page, button="allow", **changes):
    sent = {**filled_in(page), **changes, "decision": button}
    return browser.post("/authorize", data=sent, headers={"Origin": "http://localhost"})


def prove(browser, asked):
    """Confirm who is there, and come back."""
    assert asked.location.startswith("/sign-in/again"), asked.text
    confirmed = fields_of(browser.get(asked.location)) | {"password": PASSWORD}
    return browser.post("/sign-in/again", data=confirmed, follow_redirects=True)


def sign_in(browser, page, person):
    fields = fields_of(page) | {"email": person.email, "password": person.password}
    return browser.post("/sign-in", data=fields, follow_redirects=True)


def granted(assistant, answered):
    assistant.keep(assistant.redeem(answer_in(answered)["code"]))
    return set(assistant.refresh().json["scope"].split())


def connection(app):
    with app.app_context():
        return db.session.scalars(db.select(Connection)).one()


@pytest.mark.both_databases
@pytest.mark.parametrize("state", ["short", "s" * 3_000])
def test_what_was_chosen_before_the_proof_is_what_the_page_shows_after_it(
    app, browser, alice, claude, sales, long_ago, state
):
    claude.state = state
    long_ago(alice)
    chosen = {"deny": ["account:write", "profiles:write"], "never": "1", "only_tags": [sales], **LIMITS}
    asked = press(browser, claude.ask(browser), **chosen)
    page = prove(browser, asked)

    shown = filled_in(page)
    assert {name: shown[name] for name in chosen} == {
        name: value if isinstance(value, list) else [value] for name, value in chosen.items()
    }
    assert KEPT in text_of(page)
    assert granted(claude, press(browser, page)) == ALL_SCOPES - {"profiles:write", "account:write"}
    limits = connection(app).limits
    assert (limits.read_only, limits.hide_contact, limits.daily_calls) == (True, True, 7)
    assert [str(tag) for tags in limits.only_tags for tag in tags] == [sales]


def test_a_page_on_which_nothing_was_chosen_looks_after_the_proof_as_before(browser, alice, claude, long_ago):
    long_ago(alice)
    page = prove(browser, press(browser, claude.ask(browser)))
    assert filled_in(page)["deny"] == []
    assert KEPT not in text_of(page)
    assert granted(claude, press(browser, page)) == ALL_SCOPES


def test_what_was_unticked_before_the_proof_stays_unticked(browser, alice, claude, long_ago):
    claude.connect(browser, deny=["tags:manage"])
    long_ago(alice)
    page = claude.ask(browser)
    assert filled_in(page)["deny"] == ["tags:manage"]
    page = prove(browser, press(browser, page, deny=[]))
    assert filled_in(page)["deny"] == []


def test_after_the_answer_nothing_is_kept_of_the_pages_before_it(app, browser, alice, claude, long_ago):
    long_ago(alice)
    page = prove(browser, press(browser, claude.ask(browser), daily_calls="7"))
    granted(claude, press(browser, page, daily_calls=""))
    with app.app_context():
        kept = db.session.scalars(db.select(ConsentRequest).where(ConsentRequest.choices.is_not(None))).all()
    assert kept == []


def test_more_than_a_form_can_hold_is_not_kept(app, browser, alice, claude, long_ago):
    long_ago(alice)
    refused = press(browser, claude.ask(browser), deny=["tags:manage"], only_tags=["a" * 60_000])
    assert refused.status_code == 413
    assert filled_in(claude.ask(browser))["deny"] == []


def test_the_choices_wait_while_the_request_is_opened_in_another_window(browser, alice, claude, long_ago):
    long_ago(alice)
    asked = press(browser, claude.ask(browser), deny=["tags:manage"])
    claude.ask(browser)
    page = prove(browser, asked)
    assert filled_in(page)["deny"] == ["tags:manage"]
    assert filled_in(claude.ask(browser))["deny"] == ["tags:manage"], "opened once more"


def test_the_choices_wait_for_an_hour_and_the_page_is_answered_for_ten_minutes(app, browser, alice, claude, long_ago):
    long_ago(alice)
    page = claude.ask(browser)
    asked = press(browser, page, deny=["tags:manage"])
    pass_time(app, minutes=50)
    assert "more than ten minutes old" in text_of(press(browser, page))
    again = prove(browser, asked)
    assert filled_in(again)["deny"] == ["tags:manage"]
    assert granted(claude, press(browser, again)) == ALL_SCOPES - {"tags:manage"}


def test_after_an_hour_the_page_is_a_new_one(app, browser, alice, claude, long_ago):
    long_ago(alice)
    asked = press(browser, claude.ask(browser), deny=["tags:manage"])
    pass_time(app, minutes=70)
    assert KEPT not in text_of(prove(browser, asked))


def pass_time(app, minutes):
    with app.app_context():
        for consent in db.session.scalars(db.select(ConsentRequest)):
            consent.created_at -= timedelta(minutes=minutes)
            consent.expires_at -= timedelta(minutes=minutes)
        db.session.commit()


def test_a_device_that_asks_by_a_code_gets_no_more_either(app, browser, alice, long_ago):
    terminal = Assistant(app, "Terminal").register(redirect_uris=[], grant_types=[DEVICE_GRANT, "refresh_token"])
    codes = terminal.wire.post("/device_authorization", data={"client_id": terminal.client_id}).json
    entered = {"csrf_token": fields_of(browser.get("/device"))["csrf_token"], "user_code": codes["user_code"]}
    long_ago(alice)
    asked = press(browser, browser.post("/device", data=entered), deny=["tags:manage"], daily_calls="7")
    form = prove(browser, asked)
    assert f'value="{codes["user_code"]}"' in form.text
    page = browser.post("/device", data=entered | fields_of(form))
    assert filled_in(page)["deny"] == ["tags:manage"]
    assert filled_in(page)["daily_calls"] == ["7"]


def test_the_account_that_was_chosen_is_the_one_after_the_proof(app, browser_of, both, claude, black_mesa, long_ago):
    browser = browser_of(both)
    page = press(browser, claude.ask(browser), "account", account=str(black_mesa.id))
    long_ago(both)
    page = prove(browser, press(browser, page, deny=["tags:manage"]))
    assert filled_in(page)["account"] == filled_in(page)["shown"] == [str(black_mesa.id)]
    assert filled_in(page)["deny"] == ["tags:manage"]
    press(browser, page)
    assert connection(app).account_id == black_mesa.id


def test_an_account_that_one_has_left_meanwhile_is_not_shown(app, browser_of, both, claude, black_mesa, long_ago):
    browser = browser_of(both)
    page = press(browser, claude.ask(browser), "account", account=str(black_mesa.id))
    long_ago(both)
    asked = press(browser, page, deny=["tags:manage"])
    with app.app_context():
        db.session.get_one(Member, both.member_id).removed_at = now()
        db.session.commit()
    assert filled_in(prove(browser, asked))["shown"] != [str(black_mesa.id)]


def test_another_request_of_the_same_app_starts_with_nothing_chosen(browser, alice, claude, long_ago):
    long_ago(alice)
    press(browser, claude.ask(browser), deny=["tags:manage"])
    for changes in ({"state": "another"}, {"scope": "profiles:read tags:manage"}):
        assert filled_in(claude.ask(browser, **changes))["deny"] == []


def test_another_person_starts_with_nothing_chosen(app, browser, alice, bob, claude, long_ago):
    long_ago(alice)
    press(browser, claude.ask(browser), deny=["tags:manage"], daily_calls="7")
    token = fields_of(browser.get("/settings/profile"))["csrf_token"]
    browser.post("/sign-out", data={"csrf_token": token})
    page = sign_in(browser, browser.get(claude.ask(browser).location), bob)
    assert bob.email in text_of(page)
    assert filled_in(page)["deny"] == []
    assert filled_in(page)["daily_calls"] == [""]
    assert KEPT not in text_of(page)


def test_what_had_no_deny_box_before_the_proof_is_denied_after_it(app, browser_of, charlie, claude, long_ago):
    browser = browser_of(charlie)
    long_ago(charlie)
    asked = press(browser, claude.ask(browser), deny=["tags:manage"])
    with app.app_context():
        db.session.get_one(Member, charlie.member_id).role = Role.OWNER
        db.session.commit()
    page = prove(browser, asked)
    assert set(filled_in(page)["deny"]) == {"tags:manage", "profiles:write", "account:write"}
    assert granted(claude, press(browser, page)) == {"profiles:read", "account:read"}


def test_what_was_denied_in_another_window_meanwhile_is_denied_after_the_proof(browser, alice, claude, long_ago):
    claude.connect(browser, scope="profiles:read")
    long_ago(alice)
    asked = press(browser, claude.ask(browser), deny=["account:write"])
    press(browser, claude.ask(browser, state="another", scope="tags:manage"), "deny")
    assert set(filled_in(prove(browser, asked))["deny"]) == {"account:write", "tags:manage"}


def test_a_tag_that_was_deleted_meanwhile_is_not_left_out_unseen(app, alice, browser, claude, sales, long_ago):
    long_ago(alice)
    asked = press(browser, claude.ask(browser), only_tags=[sales])
    with app.app_context(), in_account(alice.account_id):
        Tag.find(alice.account_id, uuid.UUID(sales)).delete()
        db.session.commit()
    page = prove(browser, asked)
    assert "Without a tag, the app sees all profiles." in text_of(page)
    assert '<details class="panel" open>' in page.text


def test_what_was_chosen_in_one_account_is_chosen_in_the_next_but_for_its_tags(
    app, browser_of, both, claude, aperture, black_mesa
):
    browser, tag = browser_of(both), tag_in(app, aperture.id)
    page = claude.ask(browser)
    chosen = {"deny": ["tags:manage"], "never": "1", "only_tags": [tag], **LIMITS}
    page = press(browser, page, "account", account=str(black_mesa.id), **chosen)
    shown = filled_in(page)
    assert (shown["shown"], shown["deny"], shown["never"]) == ([str(black_mesa.id)], ["tags:manage"], ["1"])
    assert {name: shown[name] for name in LIMITS} == {name: [value] for name, value in LIMITS.items()}
    assert "The tags that you chose are not in Black Mesa." in text_of(page)

    page = press(browser, page, "account", account=str(aperture.id), deny=[], read_only=[])
    shown = filled_in(page)
    assert shown["only_tags"] == [tag], "each account keeps its own"
    assert (shown["deny"], shown["read_only"]) == (["tags:manage"], ["y"])


def test_the_page_of_another_account_shows_the_same_when_it_is_opened_again(browser_of, both, claude, black_mesa):
    browser = browser_of(both)
    press(browser, claude.ask(browser), "account", account=str(black_mesa.id), deny=["tags:manage"], **LIMITS)
    shown = filled_in(claude.ask(browser))
    assert (shown["shown"], shown["deny"]) == ([str(black_mesa.id)], ["tags:manage"])
    assert {name: shown[name] for name in LIMITS} == {name: [value] for name, value in LIMITS.items()}


def test_what_was_denied_there_before_stays_denied_when_it_is_opened_again(browser_of, both, claude, black_mesa):
    browser = browser_of(both)
    claude.connect(browser, account=str(black_mesa.id), deny=["account:write"])
    page = press(browser, claude.ask(browser), "account", account=str(black_mesa.id), deny=["tags:manage"])
    for shown in (page, claude.ask(browser)):
        assert set(filled_in(shown)["deny"]) == {"account:write", "tags:manage"}


def test_what_has_no_deny_box_in_another_account_is_still_denied_back_in_the_first(
    browser_of, new_person, aperture, black_mesa, claude
):
    new_person("Both", aperture, Role.OWNER)
    browser = browser_of(new_person("Both", black_mesa, Role.USER))
    page = claude.ask(browser)
    there, here = (black_mesa, aperture) if filled_in(page)["shown"] == [str(aperture.id)] else (aperture, black_mesa)
    if here is black_mesa:
        page = press(browser, page, "account", account=str(aperture.id))
        there, here = black_mesa, aperture
    page = press(browser, page, "account", account=str(there.id), deny=["profiles:write"])
    page = press(browser, page, "account", account=str(here.id))
    assert filled_in(page)["deny"] == ["profiles:write"]


@pytest.fixture
def over(app, browser_of, both, claude, black_mesa):
    """Claude, whose connection in Black Mesa ended yesterday; its limits were 50 calls a day and no addresses."""
    claude.connect(browser_of(both), account=str(black_mesa.id), hide_contact="y", daily_calls="50")
    with app.app_context():
        db.session.execute(db.update(Connection).values(ends_at=now() - timedelta(days=1)))
        db.session.commit()
    return claude


@pytest.mark.parametrize(("entered", "kept"), [("7", "7"), ("70", "50"), ("", "50")])
def test_where_a_connection_expired_the_stricter_of_its_limits_and_those_entered_are_filled_in(
    browser_of, both, over, black_mesa, entered, kept
):
    browser = browser_of(both)
    page = press(browser, over.ask(browser), "account", account=str(black_mesa.id), read_only="y", daily_calls=entered)
    shown = filled_in(page)
    assert (shown["read_only"], shown["hide_contact"], shown["daily_calls"]) == (["y"], ["y"], [kept])


def test_the_page_for_an_expired_connection_shows_the_same_when_it_is_opened_again(browser_of, both, over, black_mesa):
    browser = browser_of(both)
    press(browser, over.ask(browser), "account", account=str(black_mesa.id), read_only="y", daily_calls="70")
    shown = filled_in(over.ask(browser))
    assert (shown["read_only"], shown["hide_contact"], shown["daily_calls"]) == (["y"], ["y"], ["50"])


def test_the_enter_key_without_the_script_does_not_take_back_what_was_entered(browser_of, both, over, black_mesa):
    browser = browser_of(both)
    page = press(browser, over.ask(browser), "account", account=str(black_mesa.id))
    shown = filled_in(press(browser, page, "none", daily_calls="7", read_only="y"))
    assert (shown["daily_calls"], shown["read_only"]) == (["7"], ["y"])


def back_in(browser, answer):
    """The sign-in page to which an answer leads, which leads back to the app's request."""
    assert answer.status_code == 302, text_of(answer)
    page = browser.get(answer.location, follow_redirects=True)
    assert page.request.path == "/sign-in"
    return page


@pytest.mark.both_databases
def test_after_the_cookies_are_gone_signing_in_leads_back_to_the_request_as_it_was_filled_in(browser, alice, claude):
    page = claude.ask(browser)
    browser.delete_cookie("profile")
    answer = press(browser, page, deny=["tags:manage"], daily_calls="7")
    signing_in = back_in(browser, answer)
    assert "Your answer was not saved, because this browser was signed out." in text_of(signing_in)
    page = sign_in(browser, signing_in, alice)
    assert (filled_in(page)["deny"], filled_in(page)["daily_calls"]) == (["tags:manage"], ["7"])
    assert granted(claude, press(browser, page)) == ALL_SCOPES - {"tags:manage"}


def test_whoever_signs_in_instead_is_asked_as_themselves_with_nothing_chosen(browser, bob, claude):
    page = claude.ask(browser)
    browser.delete_cookie("profile")
    page = sign_in(browser, back_in(browser, press(browser, page, deny=["tags:manage"])), bob)
    assert bob.email in text_of(page)
    assert filled_in(page)["deny"] == []


def test_a_page_from_before_somebody_signed_in_again_shows_the_request_again(browser, alice, claude):
    page = claude.ask(browser)
    browser.delete_cookie("profile")
    sign_in(browser, browser.get("/sign-in"), alice)
    answer = press(browser, page, deny=["tags:manage"])
    assert answer.status_code == 302
    again = browser.get(answer.location)
    assert "Your answer was not saved, because this browser was signed out. Please answer again." in text_of(again)
    assert filled_in(again)["deny"] == ["tags:manage"]


def test_a_session_that_was_ended_elsewhere_comes_back_to_the_request(app, browser, alice, claude):
    page = claude.ask(browser)
    with app.app_context():
        LoginSession.end_all(alice.user_id)
        db.session.commit()
    answer = press(browser, page, deny=["tags:manage"])
    assert urlsplit(answer.location).path == "/sign-in"
    assert urlsplit(parse_qs(urlsplit(answer.location).query)["next"][0]).path == "/authorize"
    assert filled_in(sign_in(browser, browser.get(answer.location), alice))["deny"] == ["tags:manage"]


@pytest.mark.parametrize("lost", ["cookie", "session"])
@pytest.mark.parametrize(
    ("what", "said"),
    [("answered", "already answered"), ("old", "can no longer be answered"), ("unknown", "can no longer")],
)
def test_a_request_that_is_over_says_to_start_again_from_the_app(app, browser, alice, claude, lost, what, said):
    page = claude.ask(browser)
    if what == "answered":
        press(browser, page, "deny")
    if what == "old":
        pass_time(app, minutes=11)
    if lost == "cookie":
        browser.delete_cookie("profile")
    else:
        with app.app_context():
            LoginSession.end_all(alice.user_id)
            db.session.commit()
    answer = press(browser, page, **({"consent": "pft_unknown"} if what == "unknown" else {}))
    assert (answer.status_code, answer.location) == (400, None)
    assert said in text_of(answer)
    assert "start again from the app" in text_of(answer).lower()


def test_without_the_cookies_nothing_is_answered_and_nothing_but_choices_is_kept(app, browser, claude):
    page = claude.ask(browser)
    browser.delete_cookie("profile")
    for button in ("allow", "deny"):
        press(browser, page, button, deny=["tags:manage", "made:up"], daily_calls="7\x00")
    with app.app_context():
        assert db.session.scalar(db.select(Connection)) is None
        consent = db.session.scalars(db.select(ConsentRequest)).one()
        assert consent.answered_at is None
        ((_, choices),) = consent.choices.items()
        assert choices["daily_calls"] == []


@pytest.mark.parametrize("origin", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_another_site_signs_nobody_out_and_stores_no_choices(app, browser, claude, origin):
    """Its form comes without cookies: a cookie in the answer would replace that of the person."""
    form = filled_in(claude.ask(browser)) | {"deny": [], "decision": "allow"}
    answer = app.test_client().post("/authorize", data=form, headers=origin)
    assert answer.status_code == 400
    assert "Set-Cookie" not in answer.headers
    with app.app_context():
        assert db.session.scalars(db.select(ConsentRequest)).one().choices is None
