"""Wishes to be removed, as whoever may delete profiles meets them."""

from __future__ import annotations

import pytest

from models.assessments.invitation import AssessmentInvitation
from models.assessments.link_visit import Visit
from models.assessments.removal_request import RemovalRequest
from tests.pages import submit, text_of


@pytest.fixture
def wish(aperture, ana, within):
    """Ana was invited and asks to be removed; the id of her wish."""

    def ask(account_id):
        invitation = AssessmentInvitation.invite(account_id, "ana@example.com")
        Visit.by(invitation.link).withdraw()
        return RemovalRequest.open_in(account_id)[0].id

    return within(aperture, ask)


def test_bob_sees_who_asked_and_deletes_the_profile(browser_of, bob, wish, ana):
    browser = browser_of(bob)
    page = browser.get("/profiles/removals")
    assert "Ana Löwe" in text_of(page)
    assert f'href="/profiles/{ana}/deletion"' in page.get_data(as_text=True)
    submit(browser, f"/profiles/{ana}/deletion")
    assert "No removal requests" in text_of(browser.get("/profiles/removals"))


def test_bob_may_decline_once(browser_of, bob, wish, ana):
    browser = browser_of(bob)
    path = f"/profiles/removals/{wish}/refusal"
    assert "Decline the removal request of Ana Löwe?" in text_of(browser.get(path))
    assert "Enter a reason." in text_of(submit(browser, path, reason=" "))
    assert submit(browser, path, reason="We still need it.").location == "/profiles/removals"
    assert "No removal requests" in text_of(browser.get("/profiles/removals"))
    assert browser.get(f"/profiles/{ana}").status_code == 200
    assert "already settled" in text_of(submit(browser, path, page="/profiles/new", reason="We still need it."))


def test_charlie_and_eve_settle_nothing(browser_of, charlie, eve, wish):
    for person, status in ((charlie, 403), (eve, 404)):
        browser = browser_of(person)
        path = f"/profiles/removals/{wish}/refusal"
        assert browser.get(path).status_code == status
        assert submit(browser, path, page="/settings/connections").status_code == status
