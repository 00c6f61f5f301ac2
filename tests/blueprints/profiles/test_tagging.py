"""Tagging: one tag, put on several profiles or taken off them."""

from __future__ import annotations

import uuid

import pytest

from models.profiles.listing import tags_of_profile
from tests.for_each import for_each
from tests.pages import submit, text_of

UNKNOWN = uuid.UUID(int=7)
BOTH_WAYS = pytest.mark.parametrize("path", ["/profiles/tagging", "/profiles/untagging"])


@pytest.fixture
def worn(within, aperture, ana):
    """What Ana wears now."""
    return lambda: within(aperture, lambda id_: [tag.label for tag in tags_of_profile(id_, ana)])


def send(browser, path, **fields):
    return submit(browser, path, page="/profiles/new", **fields)


def test_bob_tags_several_at_once_and_takes_the_tag_off_again(browser_of, bob, aperture, ana, sales, new_profile, worn):
    ben = new_profile(aperture, "ben@example.com", "Ben")
    browser = browser_of(bob)
    answer = send(browser, "/profiles/tagging", tag=sales, profile=[ana])
    assert "1 profile now has the tag Sales." in text_of(browser.get(answer.location))
    answer = send(browser, "/profiles/tagging", tag=sales, profile=[ana, ben], next=f"/profiles?tag={sales}")
    assert answer.location == f"/profiles?tag={sales}"
    assert "1 profile now has the tag Sales. 1 had it already." in text_of(browser.get(answer.location))
    assert worn() == ["Sales"]
    answer = send(browser, "/profiles/untagging", tag=sales, profile=[ana, ben], next=f"/profiles/{ana}")
    assert "The tag Sales was removed from 2 profiles." in text_of(browser.get(answer.location))
    assert worn() == []


@BOTH_WAYS
@pytest.mark.parametrize(
    ("chosen", "sentence"), [("profile", "Choose a tag first."), ("tag", "Choose at least one profile first.")]
)
def test_a_choice_that_is_missing_is_asked_for(browser_of, bob, ana, sales, path, chosen, sentence):
    browser = browser_of(bob)
    answer = send(browser, path, **{chosen: {"profile": ana, "tag": sales}[chosen]})
    assert sentence in text_of(browser.get(answer.location))


@BOTH_WAYS
def test_charlie_tags_nobody(browser_of, charlie, bob, ana, sales, worn, path):
    send(browser_of(bob), "/profiles/tagging", tag=sales, profile=ana)
    answer = submit(browser_of(charlie), path, page="/profiles", tag=sales, profile=ana)
    assert answer.status_code == 403
    assert worn() == ["Sales"]


@BOTH_WAYS
@pytest.mark.parametrize("stranger", ["theirs", "unknown"])
def test_a_strangers_tag_or_profile_stops_the_whole(
    browser_of, bob, ana, sales, gordon, lambda_team, worn, path, stranger
):
    browser = browser_of(bob)
    send(browser, "/profiles/tagging", tag=sales, profile=ana)
    profile, tag = {"theirs": (gordon, lambda_team), "unknown": (UNKNOWN, UNKNOWN)}[stranger]
    assert send(browser, path, tag=sales, profile=[ana, profile]).status_code == 404
    assert send(browser, path, tag=tag, profile=[ana]).status_code == 404
    assert worn() == ["Sales"]


@BOTH_WAYS
@for_each("bad", ["x", "\x00", "\ud7ff", "0" * 5_000, "[]"])
def test_what_is_no_id_is_refused(browser_of, bob, ana, sales, path, bad):
    browser = browser_of(bob)
    assert send(browser, path, tag=sales, profile=[ana, bad]).status_code == 400
    assert send(browser, path, tag=bad, profile=ana).status_code == 400


def test_more_than_a_hundred_at_once_are_refused(browser_of, bob, sales):
    many = [uuid.UUID(int=number) for number in range(101)]
    assert send(browser_of(bob), "/profiles/tagging", tag=sales, profile=many).status_code == 400


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_a_form_leads_nowhere_else(browser_of, bob, ana, sales, next_):
    assert send(browser_of(bob), "/profiles/tagging", tag=sales, profile=ana, next=next_).location == "/profiles"
