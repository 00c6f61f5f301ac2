"""Results that came by a shared link for somebody known: a Manager decides, and nobody else."""

from __future__ import annotations

import pytest

from models.assessments.completion import finish
from models.assessments.shared_link import AssessmentLink
from models.assessments.sitting import Sitting
from models.profiles.result import Result
from tests.fixtures.sittings import answer_everything
from tests.pages import submit, text_of


@pytest.fixture
def held(aperture, ana, sales, within):
    """Somebody has answered by a link for Sales and typed Ana's address; the id of what waits."""

    def sit(account_id):
        link = AssessmentLink.provide(account_id, [sales])
        sitting = Sitting.begin_shared(link, "ana@example.com", "Anna", "Lowe")
        answer_everything(sitting)
        finish(sitting)
        return sitting.id

    return within(aperture, sit)


@pytest.fixture
def results(within, aperture, ana):
    """What Ana's profile has, by assessment."""
    return lambda: within(aperture, lambda account_id: set(Result.newest(account_id, ana)))


def test_bob_sees_what_waits_and_what_would_change(browser_of, bob, held):
    browser = browser_of(bob)
    listed = text_of(browser.get("/profiles/held"))
    assert "Ana Löwe" in listed
    assert "Anna Lowe, ana@example.com" in listed
    page = text_of(browser.get(f"/profiles/held/{held}"))
    for said in ("New results for Ana Löwe?", "Anna Lowe", "Sales", "DISC", "Flexibility", "Achievement", "None"):
        assert said in page


def test_kept_they_are_anas_with_the_tags_of_the_link(browser_of, bob, held, results, ana):
    browser = browser_of(bob)
    answer = submit(browser, f"/profiles/held/{held}/acceptance", page=f"/profiles/held/{held}")
    assert answer.location == f"/profiles/{ana}"
    assert results() == {"disc", "focus", "core"}
    page = text_of(browser.get(answer.location))
    assert "are now the current ones" in page
    assert "Sales" in page
    assert "No results to review" in text_of(browser.get("/profiles/held"))


def test_discarded_nothing_of_ana_changes(browser_of, bob, held, results):
    browser = browser_of(bob)
    answer = submit(browser, f"/profiles/held/{held}/rejection", page=f"/profiles/held/{held}")
    assert answer.location == "/profiles/held"
    assert results() == set()


def test_deciding_twice_finds_nothing(browser_of, bob, held):
    browser = browser_of(bob)
    submit(browser, f"/profiles/held/{held}/rejection", page=f"/profiles/held/{held}")
    assert browser.get(f"/profiles/held/{held}").status_code == 404
    assert submit(browser, f"/profiles/held/{held}/acceptance", page="/profiles/new").status_code == 404


def test_charlie_and_eve_decide_nothing(browser_of, charlie, eve, held, results):
    for person, status in ((charlie, 403), (eve, 404)):
        browser = browser_of(person)
        assert browser.get(f"/profiles/held/{held}").status_code == status
        page = "/settings/connections"
        assert submit(browser, f"/profiles/held/{held}/acceptance", page=page).status_code == status
        assert submit(browser, f"/profiles/held/{held}/rejection", page=page).status_code == status
    assert results() == set()


def test_it_goes_with_the_profile(browser_of, bob, held, ana):
    browser = browser_of(bob)
    submit(browser, f"/profiles/{ana}/deletion")
    assert "No results to review" in text_of(browser.get("/profiles/held"))
