"""Tags: listed for everyone, managed by Managers."""

from __future__ import annotations

import uuid

import pytest

from models.profiles.tag import COLORS, Tag
from tests.for_each import for_each
from tests.pages import submit, text_of

UNKNOWN = uuid.UUID(int=7)


def labels(within, team):
    return within(team, lambda id_: [(tag.label, tag.color) for tag in Tag.all_in(id_)])


def test_everyone_sees_the_tags_and_how_many_carry_them(browser_of, charlie, aperture, ana, sales, lambda_team, within):
    within(aperture, lambda id_: Tag.find(id_, sales).put_on([ana]))
    answer = browser_of(charlie).get("/tags")
    page = text_of(answer)
    assert "Sales 1 with the tag Sales" in page
    assert "Lambda" not in page
    assert f"/profiles?tag={sales}" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("person", "sentence"), [("bob", "New tag"), ("charlie", "can create tags")])
def test_an_account_without_tags_says_what_they_are_for(request, browser_of, person, sentence):
    page = text_of(browser_of(request.getfixturevalue(person)).get("/tags"))
    assert "No tags yet" in page
    assert sentence in page


def test_many_tags_come_in_pages_and_can_be_searched(browser_of, bob, aperture, within):
    within(aperture, lambda id_: [Tag.create(id_, f"tag {number:03}", "red") for number in range(101)])
    browser = browser_of(bob)
    assert "tag 100" not in text_of(browser.get("/tags"))
    assert "tag 100" in text_of(browser.get("/tags?page=2"))
    assert "tag 100" in text_of(browser.get("/tags?search=G+100"))
    assert "No tags here" in text_of(browser.get("/tags?search=%25"))
    assert "No tags here" in text_of(browser.get("/tags?page=3"))


@for_each(
    "query",
    ["page=0", "page=x", "page=-1", "page=1001", "page=²", "page=" + "9" * 50, "search=" + "x" * 201, "search=%00"],
)
def test_an_address_that_no_form_of_ours_makes_is_refused(browser_of, bob, query):
    assert browser_of(bob).get(f"/tags?{query}").status_code == 400


@pytest.mark.parametrize("color", COLORS)
def test_bob_creates_a_tag(browser_of, bob, aperture, within, color):
    browser = browser_of(bob)
    answer = submit(browser, "/tags/new", label="  Team  Blue ", color=color)
    assert "The tag Team Blue was created." in text_of(browser.get(answer.location))
    assert labels(within, aperture) == [("Team Blue", color)]


@for_each(
    ("typed", "sentence"),
    [
        ({"label": "", "color": "red"}, "Enter a label."),
        ({"label": " \u200b ", "color": "red"}, "Enter a label."),
        ({"label": "x" * 61, "color": "red"}, "A label can have at most 60 characters."),
        ({"label": "sales", "color": "red"}, 'There is already a tag "sales" in this account.'),
        ({"label": "New", "color": "mauve"}, "Choose one of the values offered here."),
        ({"label": "New", "color": ""}, "Choose a colour."),
        ({"label": "Ne\x00w", "color": "red"}, "has a character that is not allowed"),
    ],
)
def test_what_is_no_tag_is_said_on_the_form(browser_of, bob, aperture, sales, within, typed, sentence):
    answer = submit(browser_of(bob), "/tags/new", **typed)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert labels(within, aperture) == [("Sales", "red")]


def test_a_tag_is_changed(browser_of, bob, aperture, sales, within):
    browser = browser_of(bob)
    answer = submit(browser, f"/tags/{sales}/edit", label="SALES", color="blue")
    assert "The tag SALES was changed." in text_of(browser.get(answer.location))
    assert labels(within, aperture) == [("SALES", "blue")]


def test_a_change_to_a_taken_label_changes_nothing(browser_of, bob, aperture, sales, new_tag, within):
    new_tag(aperture, "Berlin", "blue")
    answer = submit(browser_of(bob), f"/tags/{sales}/edit", label="BERLIN", color="pink")
    assert answer.status_code == 400
    assert 'There is already a tag "BERLIN" in this account.' in text_of(answer)
    assert labels(within, aperture) == [("Berlin", "blue"), ("Sales", "red")]


def test_a_tag_is_deleted_after_a_question_that_says_who_carries_it(browser_of, bob, aperture, ana, sales, within):
    browser = browser_of(bob)
    assert "No profile has this tag." in text_of(browser.get(f"/tags/{sales}/deletion"))
    within(aperture, lambda id_: Tag.find(id_, sales).put_on([ana]))
    assert "1 profile will lose this tag" in text_of(browser.get(f"/tags/{sales}/deletion"))
    answer = submit(browser, f"/tags/{sales}/deletion")
    assert "The tag Sales was deleted." in text_of(browser.get(answer.location))
    assert browser.get(f"/profiles/{ana}").status_code == 200


@pytest.mark.parametrize("path", ["/tags/new", "/tags/{tag}/edit", "/tags/{tag}/deletion"])
def test_charlie_manages_no_tags(browser_of, charlie, aperture, sales, within, path):
    browser = browser_of(charlie)
    assert browser.get(path.format(tag=sales)).status_code == 403
    assert submit(browser, path.format(tag=sales), page="/tags", label="Mine", color="red").status_code == 403
    assert labels(within, aperture) == [("Sales", "red")]


@pytest.mark.parametrize("path", ["edit", "deletion"])
def test_anothers_tag_is_like_an_unknown_one(browser_of, bob, black_mesa, lambda_team, within, path):
    browser = browser_of(bob)
    for tag in (lambda_team, UNKNOWN):
        assert browser.get(f"/tags/{tag}/{path}").status_code == 404
        assert submit(browser, f"/tags/{tag}/{path}", page="/tags/new", label="Mine", color="red").status_code == 404
    assert labels(within, black_mesa) == [("Lambda", "red")]
