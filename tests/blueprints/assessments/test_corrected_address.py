"""A mistyped address is corrected: the stranger who got the link can do nothing with it, and the right person gets another."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.database.base import db, now
from models.errors import NotAllowed
from models.mail.message import Message
from models.profiles.profile import Profile
from tests.pages import csrf_token, submit


def correct(browser, within, member, before="ana@example.com", email="ana.loewe@example.com"):
    """Bob corrects the address on the profile's page; gives the link that is open now."""
    profile_id = within(member, lambda account_id: Profile.by_email(account_id, before).id)
    answer = submit(browser, f"/profiles/{profile_id}/edit", email=email, first_name="Ana", last_name="Löwe", phone="")
    assert answer.status_code == 302

    def open_link(account_id):
        invitation = AssessmentInvitation.unanswered(account_id, profile_id)
        return invitation and f"/a/{invitation.link.secret}"

    return within(member, open_link)


@pytest.fixture
def bobs(browser_of, bob):
    return browser_of(bob)


def test_the_old_link_opens_nothing_and_another_one_is_sent(client, come, link, bobs, bob, within):
    stranger = come(link).begin()
    stranger.answer_page()
    token = csrf_token(client, f"{stranger.link}/questions?page=1")
    right = correct(bobs, within, bob)
    assert right != link
    assert (come(link).status, come(stranger.link).status) == (410, 410)
    assert come(right).title == "How do you like to work?"
    late = client.post(f"{stranger.link}/answers", data={"csrf_token": token, "page": "1"})
    assert late.location == stranger.link

    def waiting(_account_id):
        return set(db.session.scalars(select(Message.recipient).where(Message.state == "waiting")))

    assert within(bob, waiting) == {"ana.loewe@example.com"}


def test_the_stranger_cannot_ask_for_the_removal_of_the_right_person(client, come, link, bobs, bob, within):
    come(link).begin()
    token = csrf_token(client, f"{link}/removal")
    correct(bobs, within, bob)
    for way in ("removal", "declining"):
        assert client.post(f"{link}/{way}", data={"csrf_token": token}).location == link
    assert within(bob, RemovalRequest.open_in) == []


def test_the_stranger_learns_nothing_of_what_the_right_person_asked_for(client, come, link, bobs, bob, within):
    right = correct(bobs, within, bob)
    client.post(f"{right}/removal", data={"csrf_token": csrf_token(client, right)})
    assert come(right).title == "You asked to be removed"
    assert come(link).title == "This link no longer works"


def test_another_spelling_of_the_same_address_keeps_the_link(come, link, bobs, bob, within):
    assert correct(bobs, within, bob, email="Ana@Example.com") == link
    assert come(link).title == "How do you like to work?"


def test_whoever_answered_before_sees_what_they_gave_and_the_right_person_nothing_of_it(
    take, come, link, bobs, bob, within, invite
):
    take(link)
    assert correct(bobs, within, bob) is None
    assert come(link).title == "Your result"
    assert come(invite(bob, "ana.loewe@example.com")).title == "How do you like to work?"


def test_a_link_opens_nothing_once_the_address_is_another_whatever_changed_it(come, link, bob, within):
    within(
        bob, lambda account_id: Profile.by_email(account_id, "ana@example.com").update(email="ana.loewe@example.com")
    )
    assert (come(link).status, come(link).title) == (410, "This link no longer works")
    assert "expired" not in come(link).text


def test_nothing_is_sent_in_place_of_a_link_that_had_expired(link, bobs, bob, within):
    past = update(AssessmentInvitation).values(expires_at=now())
    within(bob, lambda _account_id: db.session.execute(past))
    assert correct(bobs, within, bob) is None


def test_the_stranger_can_take_back_what_they_gave_and_has_nothing_else_to_ask(client, take, invite, bobs, bob, within):
    gave, gave_nothing = invite(bob, "ana@example.com"), invite(bob, "ben@example.com")
    take(gave)
    correct(bobs, within, bob)
    correct(bobs, within, bob, "ben@example.com", "ben.loewe@example.com")
    right = invite(bob, "ana.loewe@example.com")
    client.post(f"{right}/removal", data={"csrf_token": csrf_token(client, right)})
    assert client.get(f"{gave}/removal").status_code == 200
    assert client.get(f"{gave_nothing}/removal").location == gave_nothing


def test_no_way_of_sending_again_posts_a_link_that_another_address_got(link, bob, within, invite):
    """Whatever changed the address."""

    def changed(account_id):
        ana = Profile.by_email(account_id, "ana@example.com")
        ana.update(email="ana.loewe@example.com")
        return AssessmentInvitation.unanswered(account_id, ana.id).id

    invitation_id = within(bob, changed)

    def send(account_id, how):
        found = AssessmentInvitation.find(account_id, invitation_id)
        with pytest.raises(NotAllowed):
            getattr(found, how)()
        db.session.rollback()

    for how in ("resend", "remind"):
        within(bob, lambda account_id, how=how: send(account_id, how))
    assert invite(bob, "ana.loewe@example.com") != link
