"""Bob invites in Chromium: one person, many by a file, anybody by a link; every page is examined on the way."""

from __future__ import annotations

import re

import pytest

from models.database.base import db
from models.database.tenancy import in_account
from models.profiles.tag import Tag

pytestmark = pytest.mark.browser

PEOPLE = "email;first_name;tags\nana@example.com;Ana;Sales\nben@example.com;Jürgen;\nnobody;;Nowhere\n".encode("cp1252")


@pytest.fixture
def tagged(app, aperture):
    """Aperture Science has two tags."""
    with app.app_context(), in_account(aperture.id):
        for label, color in (("Sales", "red"), ("A tag with a rather long label, as people make them", "blue")):
            Tag.create(aperture.id, label, color)
        db.session.commit()


@pytest.fixture(params=[1280, 320])
def here(request, server, page_of, bob, tagged):
    """Bob at his desk, and on a small phone."""
    return page_of(bob, width=request.param)


def choose(page, file):
    page.goto("/invitations/files")
    page.set_input_files("[name=file]", file)
    page.click("main button[type=submit]")


def test_one_person_is_invited_and_the_invitation_cancelled(here):
    here.goto("/invitations")
    here.click("main >> text=Send an assessment >> nth=0")
    here.fill("[name=email]", "ana@example.com")
    here.fill("[name=first_name]", "Ana")
    here.check("text=Sales")
    here.keyboard.press("Enter")
    here.wait_for_selector("text=Ana is invited.")
    # Without a mail server, the link to share is on the next page, and beside the person in the list.
    address = here.get_by_label("Personal link").input_value()
    assert re.search(r"/a/pfv_[\w-]+$", address)
    here.click("main a:has-text('Invitations')")
    here.get_by_role("link", name="Show link of Ana").click()
    assert here.get_by_label("Personal link").input_value() == address
    here.goto("/invitations")
    here.click("text=Cancel >> nth=0")
    here.click("main button:has-text('Cancel invitation')")
    here.wait_for_selector("text=was cancelled. Its link no longer works.")
    here.click("text=Invite again")
    here.click("main button[type=submit]")
    here.wait_for_selector("text=Ana is invited.")
    here.goto("/invitations")
    assert "Sent" in here.inner_text("main table")


def test_many_are_invited_after_a_look_at_what_will_happen(here, tmp_path):
    file = tmp_path / "people.csv"
    file.write_bytes(PEOPLE)
    choose(here, file)
    here.wait_for_selector("h1:has-text('Invite 2 people?')")
    told = here.inner_text("main")
    for words in ("Read as", "Windows-1252", "Jürgen", "There is no tag “Nowhere” in this account."):
        assert words in told
    here.click("main button:has-text('Invite 2 people')")
    here.wait_for_selector("h1:has-text('2 people invited')")


def test_a_file_of_fifty_megabytes_is_answered_with_what_to_do(here, tmp_path):
    large = tmp_path / "people.csv"
    large.write_bytes(b"email\n" + b"someone@example.com\n" * 2_500_000)
    choose(here, large)
    here.wait_for_selector("h1:has-text('This file is too large')")


def test_a_link_is_made_copied_and_closed(here):
    here.goto("/invitations/links")
    here.click("main >> text=New link >> nth=0")
    here.check("text=Sales")
    here.click("main button[type=submit]")
    here.wait_for_selector("#address")
    address = here.input_value("#address")
    assert re.search(r"/a/pfv_[\w-]+$", address)
    here.click("main a:has-text('Close link')")
    here.click("main button:has-text('Close link')")
    here.wait_for_selector("text=The link is closed.")
    assert "No open links" in here.inner_text("main")
