"""Wanting none of it: before, in the middle, and afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import String, cast, select, update

from models.accounts.member import Member
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import Sitting
from models.assessments.sitting_cleanup import forget_sittings
from models.audit.recorder import AuditEntry, AuditPersonal
from models.database.base import db, now
from models.mail.message import Kind, Message
from models.profiles.profile import Profile
from tests.pages import csrf_token


def wishes(within, alice):
    return within(alice, lambda account_id: [wish.profile.email for wish in RemovalRequest.open_in(account_id)])


def test_whoever_does_not_want_to_answer_says_so_on_the_first_page(come, link, within, alice):
    ana = come(link)
    ana.browser.click("I don't want to answer")
    ana.browser.press("Don't take part")
    assert ana.status == 410
    assert come(link).title == ana.title == "You declined to answer"
    assert wishes(within, alice) == [], "not wanting to answer is no removal request"
    assert within(alice, state_of_ana) == "declined"


def test_whoever_declined_may_ask_to_be_removed_besides(come, link, within, alice):
    ana = come(link)
    ana.browser.click("I don't want to answer")
    ana.browser.press("Don't take part")
    ana.browser.click("Ask to be removed")
    ana.browser.press("Ask to be removed")
    assert ana.title == "You asked to be removed"
    assert wishes(within, alice) == ["ana@example.com"]


def test_whoever_has_begun_may_stop(come, link, within, alice):
    ana = come(link).begin().answer_all(until="Group 4")
    ana.browser.click("I don't want to continue")
    ana.browser.press("Don't take part")
    assert ana.title == "You declined to answer"
    assert wishes(within, alice) == []
    assert within(alice, lambda _: db.session.scalars(select(Sitting.id)).all()) == []


def test_whoever_does_not_want_to_answer_may_wait_or_have_everything_deleted(come, link, within, alice):
    ana = come(link)
    ana.browser.click("I don't want to answer")
    assert "Your link works until" in ana.text
    ana.browser.click("Not now")
    assert ana.title == "How do you like to work?"
    assert within(alice, state_of_ana) == "sent"
    ana.browser.click("I don't want to answer")
    ana.browser.press("Don't take part, and ask to delete my data")
    assert ana.title == "You asked to be removed"
    assert within(alice, state_of_ana) == "declined"
    assert wishes(within, alice) == ["ana@example.com"]
    within(alice, lambda id_: decline_all(id_, alice))
    ana.browser.open(link)
    assert ana.title == "You declined to answer"
    assert "We still need it for the project." in ana.text
    assert "cancelled" not in ana.text


def test_whoever_came_by_a_shared_link_deletes_what_they_gave(come, shared, within, alice):
    ana = come(shared).begin(first_name="Ana", email="ana@example.com").answer_page()
    ana.browser.click("I don't want to continue")
    ana.browser.press("Don't take part, and delete my data")
    assert ana.title == "Your answers were deleted"
    assert within(alice, lambda _: db.session.scalars(select(Sitting.id)).all()) == []


def state_of_ana(account_id):
    ana = Profile.by_email(account_id, "ana@example.com")
    return AssessmentInvitation.newest(account_id, ana.id).state


def test_whoever_has_finished_asks_from_their_result(take, link, within, alice):
    ana = take(link)
    ana.browser.click("Ask to be removed")
    assert ana.title == "Ask to be removed?"
    ana.browser.press("Ask to be removed")
    assert ana.title == "You asked to be removed"
    assert "this page shows none of your data" in ana.text
    assert wishes(within, alice) == ["ana@example.com"]


def decline_all(account_id, by):
    for wish in RemovalRequest.open_in(account_id):
        wish.decline(db.session.get_one(Member, by.member_id), "We still need it for the project.")


def mail_to_ana(_account_id):
    return db.session.scalars(select(Message.kind).where(Message.recipient == "ana@example.com")).all()


def test_whoever_is_declined_is_told_and_sees_their_result_again(take, come, link, within, alice, bob):
    ana = take(link)
    ana.browser.click("Ask to be removed")
    ana.browser.press("Ask to be removed")
    within(alice, lambda account_id: decline_all(account_id, bob))
    again = come(link)
    assert again.title == "Your result"
    assert [each.text for each in again.browser.page.all("p") if each.attributes.get("data-removal") == "declined"]
    assert Kind.REMOVAL_DECLINED in within(alice, mail_to_ana)
    again.browser.click("Ask to be removed")
    again.browser.press("Ask to be removed")
    assert wishes(within, alice) == ["ana@example.com"], "they may ask again"


@pytest.mark.both_databases
def test_whoever_asked_is_told_at_the_address_they_asked_from(take, link, within, alice, bob):
    """Also once a Manager has changed the profile's address."""

    def move(account_id):
        Profile.by_email(account_id, "ana@example.com").update(email="loewe@example.com")

    def told(_account_id):
        declined = select(Message.recipient).where(Message.kind == Kind.REMOVAL_DECLINED)
        return sorted(db.session.scalars(declined))

    ana = take(link)
    ana.browser.click("Ask to be removed")
    ana.browser.press("Ask to be removed")
    within(alice, move)
    within(alice, lambda account_id: decline_all(account_id, bob))
    assert within(alice, told) == ["ana@example.com"]


def test_whoever_only_typed_an_address_is_told_by_their_link_and_not_by_mail(take, shared, come, within, alice, bob):
    ana = take(shared, first_name="Ana", email="ana@example.com")
    own = ana.browser.url
    ana.browser.click("Ask to be removed")
    ana.browser.press("Ask to be removed")
    within(alice, lambda account_id: decline_all(account_id, bob))
    assert come(own).title == "Your result"
    assert within(alice, mail_to_ana) == []


def test_a_result_is_kept_until_the_request_is_decided_and_a_month_longer(take, come, link, within, alice, bob):
    ana = take(link)
    ana.browser.click("Ask to be removed")
    ana.browser.press("Ask to be removed")
    long_ago = update(Sitting).values(finished_at=now() - timedelta(days=45))
    within(alice, lambda _: db.session.execute(long_ago))
    assert within(alice, forget_sittings) == 0
    within(alice, lambda account_id: decline_all(account_id, bob))
    assert within(alice, forget_sittings) == 0
    assert come(link).title == "Your result"


def test_the_audit_log_says_that_somebody_answered_but_not_from_where_or_with_what(
    app, take, link, shared, within, alice
):
    take(link)
    ben = take(shared, first_name="Ben", email="ben@example.com")
    ben.browser.click("Ask to be removed")
    ben.browser.press("Ask to be removed")

    def personal(account_id):
        by_nobody = select(
            AuditEntry.action, AuditPersonal.address, AuditPersonal.user_agent, cast(AuditPersonal.names, String)
        )
        by_nobody = by_nobody.join(AuditPersonal, AuditPersonal.entry_id == AuditEntry.id)
        return db.session.execute(
            by_nobody.where(AuditEntry.account_id == account_id, AuditEntry.user_id.is_(None))
        ).all()

    kept = within(alice, personal)
    answering = {"assessment.started", "assessment.completed", "assessment.removal_asked"}
    assert {action for action, *_ in kept} >= answering
    assert {tuple(rest) for action, *rest in kept if action in answering} == {(None, None, "{}")}


def test_asking_twice_is_asking_once(client, link, within, alice):
    token = csrf_token(client, f"{link}/removal")
    for _ in range(2):
        assert client.post(f"{link}/removal", data={"csrf_token": token}).location == link
    assert client.get(f"{link}/removal").location == link
    assert wishes(within, alice) == ["ana@example.com"]


def test_where_there_is_nothing_to_remove_there_is_nothing_to_ask(client, shared):
    assert client.get(f"{shared}/removal").location == shared


@pytest.mark.both_databases
def test_a_request_of_somebody_who_typed_the_address_says_so_and_keeps_the_person_from_nothing(
    come, take, invite, shared, within, alice, browser_of
):
    browser, personal = browser_of(alice), invite(alice, "known@example.com", first_name="Known")
    take(personal)
    other = take(shared, first_name="Other", email="known@example.com")
    link = other.browser.url
    sitting_id = within(alice, lambda account_id: Sitting.held_in(account_id)[0].id)
    held = f"/profiles/held/{sitting_id}"
    browser.post(f"{held}/acceptance", data={"csrf_token": csrf_token(browser, held)})
    other.browser.open(link)
    other.browser.click("Ask to be removed")
    other.browser.press("Ask to be removed")
    assert "data-unproven" in browser.get("/profiles/removals").get_data(as_text=True)
    person = come(personal)
    person.browser.click("Ask to be removed")
    person.browser.press("Ask to be removed")
    assert person.title == "You asked to be removed"
    page = browser.get("/profiles/removals").get_data(as_text=True)
    assert "data-unproven" not in page
    assert "This address" in page
    assert wishes(within, alice) == ["known@example.com"]
