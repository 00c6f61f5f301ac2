"""The list of profiles, and one profile: seen by everyone in the account, changed by Managers."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from sqlalchemy import event
from werkzeug.datastructures import MultiDict

from blueprints.forms.inputs import short_id
from blueprints.profiles import profiles as views
from blueprints.profiles import search
from models.accounts.account import Account
from models.database.base import db, now
from models.debriefs.debrief import Debrief
from models.instruments import CORE_VALUES, FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.profiles.alias import Alias
from models.profiles.listing import profile_page
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from tests.for_each import for_each
from tests.markup import read
from tests.pages import first, submit, text_of

UNKNOWN = uuid.UUID(int=7)
FACETS = [facet for facets in FOCUS_DOMAINS.values() for facet in facets]
RESULTS = {
    "disc": disc_result({"d": 20, "i": 71.5, "s": 64, "c": 30}),
    "focus": focus_result({facet: 4 + number % 17 for number, facet in enumerate(FACETS)}),
    "core": core_result(list(CORE_VALUES[:5])),
}


def see(browser, path, status=200):
    response = browser.get(path)
    assert response.status_code == status, response.get_data(as_text=True)
    return text_of(response)


def addresses(within, team):
    return within(team, lambda id_: [row.email for row in profile_page(id_).rows])


@pytest.fixture
def crowd(within, aperture):
    """A hundred and twenty people; everyone whose number is even carries a tag."""

    def make(account_id):
        people: list[Any] = [
            ({"email": f"p{n}@example.com", "first_name": "Pat", "last_name": f"{n:03}"}, {}) for n in range(120)
        ]
        ids = Profile.add_quietly(account_id, people)
        Tag.create(account_id, "Even", "blue").put_on(ids[::2])
        return ids

    return within(aperture, make)


# The list


def test_everyone_in_the_account_sees_its_profiles_and_no_others(browser_of, charlie, ana, gordon):
    page = see(browser_of(charlie), "/profiles")
    assert "Ana Löwe ana@example.com" in page
    assert "1 of 1 profile" in page
    assert "Gordon" not in page


@pytest.mark.parametrize("search", ["ana", "LOW", "löwe ana", "example.com", "an lö"])
def test_a_search_takes_beginnings_of_words_without_accents_or_case(browser_of, charlie, ana, search):
    assert "Ana Löwe" in see(browser_of(charlie), f"/profiles?search={search}")


def test_a_search_for_nobody_says_how_to_search(browser_of, charlie, ana):
    assert "No profiles match" in see(browser_of(charlie), "/profiles?search=zzz")


def test_status_style_and_tags_narrow_the_list(browser_of, charlie, aperture, ana, sales, within, new_profile):
    ben = new_profile(aperture, "ben@example.com", "Ben")

    def finish(account_id):
        Result.keep(Profile.find(account_id, ben), "disc", RESULTS["disc"], "disc-1")
        Tag.find(account_id, sales).put_on([ben])

    within(aperture, finish)
    browser = browser_of(charlie)
    for narrowed in (
        "status=completed",
        "style=IS",
        f"tag={sales}",
        "sort=completed",
        f"tag={sales}&style=IS&search=be",
    ):
        page = see(browser, f"/profiles?{narrowed}")
        assert "Ben ben@example.com IS Sales 1 of 3 completed" in page
        assert "Ana" not in page
    assert "Ana Löwe" in see(browser, "/profiles?status=pending")


def listed(page):
    """The numbers of the crowd on this page."""
    return re.findall(r">Pat (\d{3})</a>", page.text)


def pressed(browser, page, text, **ticked):
    """Press a button of the list's form with these boxes ticked, as a browser without a script does; follow where it leads."""
    (form,) = [form for form in read(page.text).all("form") if form.attributes.get("action") == "/profiles"]
    fields = [(name, value) for name, value in fields_of(form) if name != "profile" or not ticked]
    fields += [("profile", id_) for id_ in ticked.get("profile", [])]
    (button,) = [each for each in form.all("button") if each.text == text or each.attributes.get("aria-label") == text]
    fields.append((button.attributes["name"], button.attributes["value"]))
    return browser.get("/profiles", query_string=MultiDict(fields), follow_redirects=True)


def fields_of(form):
    for each in form.all("input", "select"):
        given = each.attributes
        if each.tag == "select":
            chosen = [option for option in each.all("option") if "selected" in option.attributes]
            yield given["name"], chosen[0].attributes["value"] if chosen else ""
        elif given.get("type") != "checkbox" or "checked" in given:
            yield given["name"], given.get("value", "")


@pytest.mark.both_databases
def test_a_list_has_pages_by_number(browser_of, charlie, crowd):
    browser = browser_of(charlie)
    everybody = [f"{n:03}" for n in range(120)]
    for begin in ("/profiles", "/profiles?search=pat", "/profiles?status=pending"):
        first_page = browser.get(begin)
        assert listed(first_page) == everybody[:50]
        assert listed(pressed(browser, first_page, "Page 3")) == everybody[100:]
        second = pressed(browser, first_page, "Next profiles")
        assert listed(second) == everybody[50:100]
        assert listed(pressed(browser, second, "Previous profiles")) == everybody[:50]
        last = pressed(browser, second, "Next profiles")
        assert listed(last) == everybody[100:]
        assert "Next" not in text_of(last)
        assert "Previous" in text_of(last)
    assert "End of the list" in see(browser, "/profiles?page=4")


@pytest.mark.both_databases
def test_after_the_numbered_pages_the_list_goes_on_from_its_last_row(browser_of, charlie, crowd, monkeypatch):
    monkeypatch.setattr(search, "NUMBERED", 2)
    monkeypatch.setattr(views, "NUMBERED", 2)
    browser = browser_of(charlie)
    second = browser.get("/profiles?page=2")
    third = pressed(browser, second, "Next profiles")
    assert listed(third) == [f"{n:03}" for n in range(100, 120)]
    assert listed(pressed(browser, third, "Back to the start of the list"))[0] == "000"


def test_who_is_selected_stays_so_on_other_pages_and_in_other_searches(browser_of, bob, crowd, sales):
    browser = browser_of(bob)
    first_page = browser.get("/profiles")
    second = pressed(browser, first_page, "Next profiles", profile=crowd[:2])
    assert "2 selected" in text_of(second)
    found = browser.get("/profiles?search=119&selected=" + first(r'name="selected" value="([^"]+)"', second.text))
    three = pressed(browser, found, "Sort by Name", profile=crowd[119:])
    assert "3 selected" in text_of(three)
    # Who is not ticked any more on the page that shows them is not selected.
    two = pressed(browser, browser.get("/profiles?selected=" + ids(three)), "Sort by Name", profile=crowd[:1])
    assert "2 selected" in text_of(two)
    tagging = pressed(browser, two, "Tag the selected profiles")
    assert "Tag 2 profiles" in text_of(tagging)
    assert "Pat 000 Pat 119" in text_of(tagging)
    cleared = pressed(browser, two, "Clear the selection")
    assert "None selected" in text_of(cleared)


def ids(page):
    """Everybody who is selected in this page's form."""
    elsewhere = re.findall(r'name="selected" value="([^"]+)"', page.text)
    ticked = re.findall(r'name="profile" value="([^"]+)" checked', page.text)
    return ".".join([*elsewhere, *ticked])


def test_nobody_next_door_can_be_selected(browser_of, bob, ana, gordon):
    page = see(browser_of(bob), f"/profiles?selected={short_id(gordon)}.{short_id(ana)}")
    assert "1 selected" in page
    assert "Gordon" not in see(browser_of(bob), f"/profiles/tagging?selected={short_id(gordon)}.{short_id(ana)}")


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("letters", "found"), [("style=I", ["Ben", "Cleo"]), ("style=I&style=S", ["Ben"]), ("style=D", [])]
)
def test_a_style_is_found_by_its_letters_in_any_order(
    browser_of, charlie, aperture, within, new_profile, letters, found
):
    made = {name: new_profile(aperture, f"{name}@example.com", name) for name in ("Ben", "Cleo", "Dan")}

    def finish(account_id):
        for name, style in (("Ben", "SI"), ("Cleo", "IC")):
            Profile.find(account_id, made[name]).disc_style = style

    within(aperture, finish)
    page = browser_of(charlie).get(f"/profiles?{letters}").text
    assert re.findall(r">(Ben|Cleo|Dan)</a>", page) == found


def test_a_column_sorts_and_says_so(browser_of, charlie, crowd):
    browser = browser_of(charlie)
    page = browser.get("/profiles")
    assert sorted_by(page) == [("Name", "ascending")]
    assert sorted_by(browser.get("/profiles?sort=completed&by=name", follow_redirects=True)) == [("Name", "ascending")]


def sorted_by(page):
    return [(th.text, th.attributes["aria-sort"]) for th in read(page.text).all("th") if "aria-sort" in th.attributes]


def test_a_full_page_asks_the_database_no_more_than_a_short_one(app, browser_of, charlie, crowd):
    browser = browser_of(charlie)

    def asked(path):
        with app.app_context():
            engine = db.engine
        statements = []
        note = lambda *args: statements.append(args[2])  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        see(browser, path)
        event.remove(engine, "before_cursor_execute", note)
        return len(statements)

    assert asked("/profiles?search=000") == asked("/profiles?search=pat")


@pytest.mark.parametrize(
    ("person", "sentence"), [("bob", "Create the first one here."), ("charlie", "Managers and Owners can add people.")]
)
def test_an_empty_account_says_what_comes_next(request, browser_of, person, sentence):
    page = see(browser_of(request.getfixturevalue(person)), "/profiles")
    assert "No profiles yet" in page
    assert sentence in page


@for_each(
    "query",
    [
        "tag=nothing",
        "tag=%00",
        "status=gone",
        "style=X",
        "page=21",
        "page=x",
        "do=delete",
        "by=age",
        "selected=x",
        f"selected={'A' * 21}%21",
        "profile=nobody",
        "&".join(f"profile={uuid.UUID(int=n)}" for n in range(101)),
        "sort=age",
        "cursor=x",
        "cursor=%F0%9F%98%80",
        f"search={'x' * 201}",
        "search=a%00b",
        "search=%ED%A0%80" + "x" * 200,
        "&".join(f"tag={uuid.UUID(int=n)}" for n in range(21)),
    ],
)
def test_an_address_that_no_form_of_ours_makes_is_refused(browser_of, charlie, query):
    see(browser_of(charlie), f"/profiles?{query}", 400)


@pytest.mark.parametrize("whose", ["lambda_team", None])
def test_anothers_tag_narrows_like_an_unknown_one(request, browser_of, charlie, whose):
    tag = request.getfixturevalue(whose) if whose else UNKNOWN
    assert "Page not found" in see(browser_of(charlie), f"/profiles?tag={tag}", 404)


# One profile


def test_a_profile_shows_all_there_is_to_know(browser_of, charlie, aperture, ana, sales, within):
    def finish(account_id):
        profile = Profile.find(account_id, ana)
        for assessment, scores in RESULTS.items():
            Result.keep(profile, assessment, scores, f"{assessment}-1")
        Debrief.write(profile, "# Warm\n\nThey <listen> well.", "embedded", RESULTS)
        Alias.set_custom_id(profile, "crm-1")
        Tag.find(account_id, sales).put_on([ana])

    within(aperture, finish)
    page = see(browser_of(charlie), f"/profiles/{ana}")
    for said in (
        "Ana Löwe",
        "+49 30 123",
        "crm-1",
        "Sales",
        "DISC: IS",
        "Outgoing, with a strong second in Steadiness.",
        "Emotional awareness",
        "Very low",
        "DISC, version 1 ( disc-1 )",
        "Focus, version 1 ( focus-1 )",
        "Achievement",
        "Warm They <listen> well.",
        "Composed by Profile from the scores",
        "It is not a validated psychometric instrument",
        "Tends to seek contact",
        "How to work with Ana",
        "Giving feedback",
        "Based on the DISC style IS",
    ):
        assert said in page, said


def test_results_from_elsewhere_say_that_nothing_is_known_of_their_test(browser_of, charlie, aperture, ana, within):
    core = core_result(["punctuality", "freedom", "fun", "order", "peace"])
    within(aperture, lambda id_: Result.keep(Profile.find(id_, ana), "core", core, "core-imported"))
    page = see(browser_of(charlie), f"/profiles/{ana}")
    assert "Punctuality" in page
    assert "Profile does not know whether the test behind them is validated." in page


def test_a_report_prints_with_the_account_the_day_and_without_colour_areas_where_that_is_wanted(
    browser_of, charlie, aperture, ana, within
):
    within(aperture, lambda id_: Result.keep(Profile.find(id_, ana), "disc", RESULTS["disc"], "disc-1"))
    browser = browser_of(charlie)
    markup = browser.get(f"/profiles/{ana}").get_data(as_text=True)
    assert f'aria-hidden="true"><span>Aperture Science</span><span>{now():%-d %B %Y}</span>' in markup
    assert 'class="wide report"' in markup
    within(aperture, lambda id_: db.session.get_one(Account, id_).update(eco_printing=True))
    assert 'class="wide report eco"' in browser.get(f"/profiles/{ana}").get_data(as_text=True)


def test_a_pending_profile_says_that_it_has_no_results(browser_of, charlie, ana):
    page = see(browser_of(charlie), f"/profiles/{ana}")
    assert "No results yet" in page
    assert "Debrief" not in page


def test_a_user_sees_nothing_to_change(browser_of, charlie, ana, sales):
    browser = browser_of(charlie)
    for path in ("/profiles", f"/profiles/{ana}", "/tags"):
        page = see(browser, path)
        for word in ("New profile", "New tag", "Edit", "Delete"):
            assert word not in page, (path, word)
        assert "tagging" not in browser.get(path).text


PATHS = ("", "/edit", "/deletion")


@pytest.mark.parametrize("path", PATHS)
def test_anothers_profile_is_like_an_unknown_one(browser_of, bob, gordon, path):
    browser = browser_of(bob)
    pages = [browser.get(f"/profiles/{id_}{path}") for id_ in (gordon, UNKNOWN)]
    assert [page.status_code for page in pages] == [404, 404]
    assert "Gordon" not in pages[0].get_data(as_text=True)


@for_each("path", ["/profiles/x", "/profiles/0", "/profiles/%00", "/profiles/" + "0" * 32, "/profiles/x/edit"])
def test_what_is_no_id_is_no_page(browser_of, bob, path):
    assert browser_of(bob).get(path).status_code in (400, 404)


@pytest.mark.parametrize("path", ["/profiles/new", "/profiles/{ana}/edit", "/profiles/{ana}/deletion"])
def test_charlie_changes_no_profile(browser_of, charlie, ana, app, aperture, within, path):
    browser = browser_of(charlie)
    assert browser.get(path.format(ana=ana)).status_code == 403
    answer = submit(browser, path.format(ana=ana), page="/profiles", email="x@example.com", first_name="X")
    assert answer.status_code == 403
    assert addresses(within, aperture) == ["ana@example.com"]


# New, changed, deleted


def test_bob_makes_a_profile_that_is_pending(browser_of, bob, aperture, within):
    browser = browser_of(bob)
    answer = submit(
        browser,
        "/profiles/new",
        email="Cave@Example.com",
        first_name="Cave",
        last_name="Johnson",
        phone="1",
        custom_id="crm-7",
    )
    page = see(browser, answer.location)
    assert "Cave Johnson was added. The profile is pending until there are results." in page
    assert "crm-7" in page
    assert within(aperture, lambda id_: [row.status for row in profile_page(id_).rows]) == ["pending"]


def test_every_faulty_field_is_named_at_once_and_nothing_is_made(browser_of, bob, aperture, within):
    answer = submit(
        browser_of(bob),
        "/profiles/new",
        email="nobody",
        first_name="x" * 101,
        last_name="y",
        phone="call",
        custom_id="z" * 201,
    )
    assert answer.status_code == 400
    page = text_of(answer)
    for sentence in (
        "Enter an e-mail address in the form name@example.com.",
        "A first name can have at most 100 characters.",
        "A phone number has digits",
        "A consumer key can have at most 200 characters.",
    ):
        assert sentence in page
    assert 'value="y"' in answer.get_data(as_text=True), "what was typed is still there"
    assert addresses(within, aperture) == []


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"email": "ANA@example.com"}, "ANA@example.com already has a profile in this account."),
        ({"email": "ben@example.com", "custom_id": "crm-1"}, "already belongs to another profile"),
        ({"email": ""}, "Enter an e-mail address."),
        ({"email": "a\x00@example.com"}, "Enter an e-mail address in the form"),
        ({"email": "b@example.com", "first_name": "a\x00"}, "has a character that is not allowed"),
        ({}, "Enter an e-mail address."),
    ],
)
def test_what_cannot_be_is_said_on_the_form(browser_of, bob, aperture, ana, within, typed, sentence):
    within(aperture, lambda id_: Alias.set_custom_id(Profile.find(id_, ana), "crm-1"))
    answer = submit(browser_of(bob), "/profiles/new", **typed)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert addresses(within, aperture) == ["ana@example.com"]


def test_a_profile_is_changed_where_the_form_differs(browser_of, bob, ana):
    browser = browser_of(bob)
    form = browser.get(f"/profiles/{ana}/edit").get_data(as_text=True)
    for value in ("ana@example.com", "Ana", "Löwe", "+49 30 123"):
        assert f'value="{value}"' in form
    fields = {"email": "ana@example.com", "first_name": "Anna", "last_name": "Löwe", "phone": "", "custom_id": "crm-3"}
    page = see(browser, submit(browser, f"/profiles/{ana}/edit", **fields).location)
    assert "Anna Löwe was changed." in page
    assert "crm-3" in page
    page = see(browser, submit(browser, f"/profiles/{ana}/edit", **{**fields, "custom_id": ""}).location)
    assert "crm-3" not in page


def test_an_edit_to_a_taken_address_changes_nothing(browser_of, bob, aperture, ana, new_profile):
    new_profile(aperture, "ben@example.com", "Ben")
    browser = browser_of(bob)
    answer = submit(browser, f"/profiles/{ana}/edit", email="BEN@example.com", first_name="Changed")
    assert answer.status_code == 400
    assert "BEN@example.com already has a profile in this account." in text_of(answer)
    assert "Changed" not in see(browser, f"/profiles/{ana}")


def test_a_profile_is_deleted_after_a_question_that_says_what_goes(browser_of, bob, ana, aperture, within):
    within(aperture, lambda id_: Result.keep(Profile.find(id_, ana), "disc", RESULTS["disc"], "disc-1"))
    browser = browser_of(bob)
    question = see(browser, f"/profiles/{ana}/deletion")
    assert "Delete Ana Löwe?" in question
    assert "the result: DISC" in question
    page = see(browser, submit(browser, f"/profiles/{ana}/deletion").location)
    assert "Ana Löwe was deleted." in page
    see(browser, f"/profiles/{ana}", 404)


def test_a_question_changes_nothing(browser_of, bob, ana):
    browser = browser_of(bob)
    see(browser, f"/profiles/{ana}/deletion")
    see(browser, f"/profiles/{ana}")


def test_a_form_of_another_site_changes_nothing(browser_of, bob, ana):
    browser = browser_of(bob)
    assert browser.post(f"/profiles/{ana}/deletion").status_code == 400
    see(browser, f"/profiles/{ana}")


def test_strangers_are_asked_to_sign_in(client, ana):
    for path in ("/profiles", f"/profiles/{ana}", "/profiles/new", "/tags"):
        assert client.get(path).location.startswith("/sign-in?next=")
