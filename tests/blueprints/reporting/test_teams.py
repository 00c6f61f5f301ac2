"""Saved teams on pages: Managers save, change and delete them, everybody reads their report, and nobody of another account."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from models.instruments import disc_result
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from models.profiles.team import Team
from tests.pages import submit, text_of

NEW = "/reporting/teams/new"
UNKNOWN = uuid.UUID(int=7)


@pytest.fixture
def cast(within, aperture, sales):
    """Ana, who has Sales, Ben and Cyd, all with results; their ids by name."""

    def make(account_id):
        made = {}
        for name in ("Ana", "Ben", "Cyd"):
            profile = Profile.create(account_id, f"{name.lower()}@example.com", name)
            Result.keep(profile, "disc", disc_result({"d": 20, "i": 70, "s": 60, "c": 50}), "disc-1")
            made[name] = profile.id
        Tag.find(account_id, sales).put_on([made["Ana"]])
        return made

    return within(aperture, make)


@pytest.fixture
def support(within, aperture, sales, cast):
    """The team Support: everybody with Sales, and Cyd."""
    return within(aperture, lambda id_: Team.create(id_, "Support", [sales], [cast["Cyd"]]).id)


def see(browser, path, status=200):
    response = browser.get(path)
    assert response.status_code == status, text_of(response)
    return text_of(response)


def test_bob_saves_a_team_and_charlie_reads_its_report(browser_of, bob, charlie, cast, sales, audit_log):
    answer = submit(browser_of(bob), NEW, name="Support", tags=str(sales), people=[str(cast["Cyd"])], match="all")
    page = see(browser_of(charlie), answer.location)
    assert "Support 2 people with results." in page
    assert "Team map" in page
    assert "Support" in see(browser_of(charlie), "/reporting")
    assert ("team.created", "allowed") in audit_log(bob)


def test_charlie_cannot_save_change_or_delete_one(browser_of, charlie, support):
    browser = browser_of(charlie)
    for path in (NEW, f"/reporting/teams/{support}/edit", f"/reporting/teams/{support}/deletion"):
        see(browser, path, 403)
    page = see(browser, f"/reporting/group?team={support}")
    assert "Edit" not in page
    assert "New team" not in see(browser, "/reporting")


def test_a_search_finds_people_and_keeps_what_was_entered(browser_of, bob, cast, sales):
    ticked: dict[str, Any] = {"name": "Support", "tags": str(sales), "people": [str(cast["Cyd"])], "match": "any"}
    answer = submit(browser_of(bob), NEW, **ticked, search="ben", find="1")
    assert answer.status_code == 200
    page = answer.text
    for id_ in (sales, cast["Cyd"]):
        assert re.search(rf'<input [^>]*checked[^>]*value="{id_}"', page), id_
    assert str(cast["Ben"]) in page
    assert str(cast["Ana"]) not in page
    assert 'value="Support"' in page


def test_a_comparison_and_a_group_can_be_saved(browser_of, bob, cast, sales):
    browser = browser_of(bob)
    pair = f"profile={cast['Ana']}&profile={cast['Ben']}"
    assert f"{NEW}?{pair}".replace("&", "&amp;") in browser.get(f"/reporting/comparison?{pair}").text
    assert f"{NEW}?tag={sales}" in browser.get(f"/reporting/group?tag={sales}").text
    assert browser.get(f"{NEW}?{pair}").text.count("checked") == 3, "two people, and how tags are matched"


def test_without_anybody_in_it_nothing_is_saved(browser_of, bob, cast):
    answer = submit(browser_of(bob), NEW, name="Nobody", match="all")
    assert answer.status_code == 400
    assert "Select a tag or a person." in text_of(answer)


def test_bob_deletes_a_team_and_its_people_stay(browser_of, bob, support, cast, audit_log):
    browser = browser_of(bob)
    path = f"/reporting/teams/{support}/deletion"
    assert submit(browser, path).location == "/reporting"
    see(browser, f"/reporting/group?team={support}", 404)
    assert "Cyd" in see(browser, f"/profiles/{cast['Cyd']}")
    assert ("team.deleted", "allowed") in audit_log(bob)


def test_a_tag_that_a_team_needs_is_named_before_it_is_deleted(browser_of, bob, support, sales):
    assert "These teams lose it as well: Support." in see(browser_of(bob), f"/tags/{sales}/deletion")


def test_another_accounts_team_is_like_an_unknown_one(browser_of, eve, support):
    browser = browser_of(eve)
    for id_ in (support, UNKNOWN):
        for path in ("/reporting/group", "/reporting/group.csv"):
            see(browser, f"{path}?team={id_}", 404)
        for page in ("edit", "deletion"):
            see(browser, f"/reporting/teams/{id_}/{page}", 404)
    assert "Support" not in see(browser, "/reporting")


def test_somebody_is_shown_among_a_team(browser_of, charlie, support, cast):
    browser = browser_of(charlie)
    page = browser.get(f"/profiles/{cast['Ben']}?team={support}").text
    assert page.count('<g class="dot') == 3
    assert page.count('<g class="dot own"') == 1
    assert browser.get(f"/profiles/{cast['Ben']}").text.count('<g class="dot') == 1
