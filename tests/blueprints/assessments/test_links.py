"""Every state that a link can be in: what it shows, and that it says what to do."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from models.accounts.account import Account
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.assessments.signed_link import Link, Opens
from models.assessments.sitting import Sitting
from models.database.base import db, new_id, now
from models.profiles.profile import Profile
from models.secrets import ASSESSMENT
from tests.for_each import for_each
from tests.pages import csrf_token, text_of


@pytest.fixture
def finished(take, link):
    """Ana has finished."""
    return take(link)


@pytest.fixture
def shift(within, alice):
    """Changes a column of every row of a table in Alice's account."""
    return lambda table, **values: within(alice, lambda _: db.session.execute(update(table).values(**values)))


@for_each("secret", ["x", ASSESSMENT, f"{ASSESSMENT}{'A' * 71}", "pfi_" + "a" * 43, "%F0%9F%98%80", "a" * 3_000])
def test_what_this_server_did_not_make_leads_nowhere(client, secret):
    answer = client.get(f"/a/{secret}")
    assert answer.status_code == 404
    assert "This link isn't valid" in text_of(answer)
    assert "the person who sent it" in text_of(answer)


def test_one_changed_character_leads_nowhere(come, link):
    assert come(link[:-1] + ("A" if link[-1] != "A" else "B")).status == 404


@pytest.mark.parametrize("opens", Opens)
def test_a_link_of_ours_to_what_never_was_leads_nowhere(app, come, alice, opens):
    with app.app_context():
        secret = Link(opens, alice.account_id, new_id()).secret
    assert come(f"/a/{secret}").status == 404


def test_a_link_into_the_wrong_account_leads_nowhere(app, come, invite, alice, eve):
    with app.app_context():
        eves = Link.read(invite(eve).removeprefix("/a/"))
        crossed = Link(Opens.INVITATION, alice.account_id, eves.target_id).secret
        mistaken = Link(Opens.SITTING, eve.account_id, eves.target_id).secret
    assert come(f"/a/{crossed}").status == 404
    assert come(f"/a/{mistaken}").status == 404


def test_the_link_of_a_deleted_account_leads_nowhere(app, come, link, alice):
    with app.app_context():
        db.session.delete(db.session.get_one(Account, alice.account_id))
        db.session.commit()
    assert come(link).status == 404


def test_an_expired_invitation_says_what_to_do_and_goes_on_when_it_is_sent_again(come, link, shift, within, alice):
    ana = come(link).begin()
    for _ in range(3):
        ana.answer_page()
    shift(AssessmentInvitation, expires_at=now() - timedelta(seconds=1), sent_at=now() - timedelta(days=8))
    late = come(link)
    assert late.status == 410
    assert "The link expired on" in late.text
    assert "Ask Alice to send the invitation again" in late.text
    ana.answer_page()
    assert ana.title == "This link no longer works"
    within(alice, lambda account_id: AssessmentInvitation.find(account_id, target(link)).resend())
    ana.browser.open(link)
    assert ana.title == "Group 4 of 24"


def test_an_invitation_that_was_taken_back_says_so(come, link, within, alice):
    ana = come(link).begin()
    within(alice, lambda account_id: AssessmentInvitation.find(account_id, target(link)).cancel())
    assert come(link).status == 410
    assert "cancelled the invitation" in come(link).text
    ana.answer_page()
    assert ana.title == "This link no longer works"


def test_the_link_of_a_deleted_profile_leads_nowhere(come, link, within, alice):
    ana = come(link).begin()
    within(alice, lambda account_id: Profile.by_email(account_id, "ana@example.com").delete())
    assert come(link).status == 404
    ana.answer_page()
    assert ana.status == 404


def test_a_finished_one_shows_the_result_for_thirty_days_and_then_says_that_it_has_ended(come, link, finished, shift):
    assert finished.title == "Your result"
    assert come(link).title == "Your result"
    shift(Sitting, finished_at=now() - timedelta(days=31))
    ended = come(link)
    assert ended.status == 410
    assert "You have finished" in ended.text
    assert "Ask to be removed" in ended.text


def test_a_closed_link_begins_nothing_and_who_has_begun_goes_on(come, shared, within, alice):
    ana = come(shared).begin(first_name="Ana", email="ana@example.com")
    late = come(shared)
    within(alice, lambda account_id: AssessmentLink.find(account_id, target(shared)).close())
    late.begin(first_name="Bert", email="bert@example.com")
    assert late.status == 410
    assert "closed this link" in late.text
    assert ana.answer_page().title == "Group 2 of 24"


def target(link: str) -> uuid.UUID:
    read = Link.read(link.removeprefix("/a/"))
    assert read is not None
    return read.target_id


@pytest.mark.asvs("3.4.5", "14.3.2")
def test_it_is_kept_by_no_cache_and_no_index_and_told_to_nobody(client, link):
    for path in (link, f"{link}/removal", "/a/nothing"):
        headers = client.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Robots-Tag"].startswith("noindex")
        assert headers["Referrer-Policy"] == "same-origin"
    assert 'name="robots" content="noindex' in client.get(link).get_data(as_text=True)


@pytest.mark.asvs("14.2.3")
def test_the_page_asks_nobody_else_for_anything_and_leads_nowhere_else(client, link):
    page = client.get(link).get_data(as_text=True)
    assert 'href="http' not in page
    assert 'href="/"' not in page


def test_a_signed_in_member_is_nobody_here(browser_of, bob, link, audit_log, within):
    browser = browser_of(bob)
    page = browser.get(link).get_data(as_text=True)
    assert "Bob" not in page
    assert "How do you like to work?" in page
    before = audit_log(bob)
    browser.post(f"{link}/agreement", data={"csrf_token": csrf_token(browser, link)})
    assert audit_log(bob) == before
    assert browser.get("/profiles").status_code == 200


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(client, link, within, alice, method):
    for rest in ("", "/questions?page=1", "/questions", "/completion", "/removal"):
        client.open(link + rest, method=method)
    state = within(alice, lambda account_id: AssessmentInvitation.find(account_id, target(link)).state)
    assert state == "sent"


@pytest.mark.parametrize("door", ["agreement", "answers", "completion", "removal"])
def test_nothing_is_done_for_whoever_does_not_come_from_our_page(client, link, within, alice, door):
    assert client.post(f"{link}/{door}", data={"page": "1"}).status_code == 400
    state = within(alice, lambda account_id: AssessmentInvitation.find(account_id, target(link)).state)
    assert state == "sent"


def test_an_open_page_still_counts_after_the_browser_has_forgotten_its_session(app, client, link, within, alice):
    token = csrf_token(client, link)
    another = app.test_client()
    own = another.post(f"{link}/agreement", data={"csrf_token": token}).location.partition("/questions")[0]
    sent = {"csrf_token": csrf_token(another, f"{own}/questions?page=1"), "page": "1"}
    forgetful = app.test_client()
    assert forgetful.post(f"{own}/answers", data=sent, headers={"Accept": "application/json"}).status_code == 200
    assert within(alice, lambda account_id: AssessmentInvitation.find(account_id, target(link)).state) == "opened"


def test_the_page_of_one_link_does_nothing_for_another(client, link, invite, alice):
    token = csrf_token(client, invite(alice, "ben@example.com"))
    assert client.post(f"{link}/agreement", data={"csrf_token": token}).status_code == 400


@pytest.mark.parametrize("form", ["agreement", "answers"])
def test_a_tab_that_is_opened_again_where_a_form_was_sent_shows_the_page_that_is_due(client, link, form):
    answer = client.get(f"{link}/{form}")
    assert (answer.status_code, answer.location) == (302, link)


def test_there_is_a_way_for_every_hurried_step(come, link):
    """Whoever asks for a page that is not due comes to the one that is."""
    ana = come(link)
    for rest in ("/questions?page=1", "/questions?page=3", "/completion"):
        ana.browser.open(link + rest)
        assert ana.title == "How do you like to work?"
    own = ana.begin().link
    for rest in (
        "/questions?page=0",
        "/questions?page=47",
        "/questions?page=x",
        "/questions?page=٣",
    ):
        ana.browser.open(own + rest)
        assert ana.status == 404, rest


def test_a_form_of_a_link_writes_nothing_into_the_session_of_the_browser(app, client, link):
    """Another site can have a form of a link that it has. Without the cookies, it would replace them and sign people out."""
    form = {"csrf_token": csrf_token(client, link)}
    answer = app.test_client().post(f"{link}/agreement", data=form)
    assert answer.status_code == 302
    assert [cookie.partition("=")[0] for cookie in answer.headers.getlist("Set-Cookie")] == ["profile-sitting"]
