"""Shared links on pages: made, copied, closed."""

from __future__ import annotations

import pytest

from models.assessments.shared_link import AssessmentLink
from models.profiles.alias import Alias
from tests.pages import first, submit, text_of


@pytest.fixture
def links(look, aperture):
    """The open links of Aperture Science."""
    return lambda: look(aperture, lambda id_: AssessmentLink.open_in(id_).rows)


def test_bob_makes_a_link_and_copies_it(browser_of, bob, sales, links, client):
    browser = browser_of(bob)
    made = submit(browser, "/invitations/links/new", tag=str(sales), custom_id="")
    page = browser.get(made.location)
    [link] = links()
    assert first(r'id="address" value="([^"]+)"', page.text) == f"http://localhost/a/{link.link.secret}"
    assert "Tags Sales" in text_of(page)
    assert client.get(f"/a/{link.link.secret}").status_code == 200


def test_the_same_wish_gives_the_same_link(browser_of, bob, alice, sales, links):
    made = [
        submit(browser_of(person), "/invitations/links/new", tag=str(sales), custom_id="crm-1").location
        for person in (bob, alice)
    ]
    assert made[0] == made[1]
    assert len(links()) == 1


def test_the_list_names_links_by_their_tags(browser_of, bob, sales, within, aperture):
    assert "No open links" in text_of(browser_of(bob).get("/invitations/links"))
    within(aperture, lambda id_: [AssessmentLink.provide(id_, [sales]), AssessmentLink.provide(id_, (), "crm-1")])
    page = text_of(browser_of(bob).get("/invitations/links"))
    assert "Sales – 0 just now Show the link with the tags Sales Close the link with the tags Sales" in page
    assert "No tags crm-1 0 just now" in page
    assert "2 open links" in page


def test_a_closed_link_leads_nowhere(browser_of, bob, links, within, aperture, client):
    within(aperture, AssessmentLink.provide)
    [link] = links()
    browser = browser_of(bob)
    assert "People who have started can finish" in text_of(browser.get(f"/invitations/links/{link.id}/closure"))
    submit(browser, f"/invitations/links/{link.id}/closure")
    assert links() == []
    page = browser.get(f"/invitations/links/{link.id}")
    assert "This link is closed." in text_of(page)
    assert link.link.secret not in page.text
    assert client.get(f"/a/{link.link.secret}").status_code in {200, 404, 410}


@pytest.mark.parametrize(
    ("typed", "sentence"), [("x" * 201, "at most 200 characters"), ("crm-9", "already belongs to a profile")]
)
def test_a_custom_id_that_cannot_be_is_said_on_the_form(browser_of, bob, aperture, ana, within, links, typed, sentence):
    within(aperture, lambda id_: Alias.create(id_, "profile", ana, "crm-9"))
    answer = submit(browser_of(bob), "/invitations/links/new", custom_id=typed)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert links() == []


def test_charlie_gets_no_link(browser_of, charlie, within, aperture, links):
    within(aperture, AssessmentLink.provide)
    [link] = links()
    browser = browser_of(charlie)
    for path in ("", "/new", f"/{link.id}", f"/{link.id}/closure"):
        assert browser.get(f"/invitations/links{path}").status_code == 403
    for path in ("/new", f"/{link.id}/closure"):
        assert submit(browser, f"/invitations/links{path}", page="/settings/connections").status_code == 403
    assert len(links()) == 1
