"""Answering: what is kept and when, what is said of what does not fit, and where one goes on."""

from __future__ import annotations

import pytest

from models.accounts.account import Account
from models.assessments.answer import Answer
from models.assessments.invitation import AssessmentInvitation
from models.assessments.sitting import Sitting
from models.database.base import db
from tests.blueprints.assessments.test_links import target
from tests.for_each import for_each
from tests.pages import csrf_token
from tests.plain_browser import unchanged_fields
from tests.taker import fitting

RANK, NARROW = 46, 45


@pytest.fixture
def ana(come, link):
    """Ana has agreed."""
    return come(link).begin()


@pytest.fixture
def kept(within, alice):
    """What is kept of the one sitting in Alice's account, by item."""

    def read(account_id):
        sitting = db.session.scalar(db.select(Sitting).where(Sitting.account_id == account_id))
        return {item: value for answers in Answer.all_of(sitting).values() for item, value in answers.items()}

    return lambda: within(alice, read)


@pytest.fixture
def save(client, ana):
    """Sends answers as the script does; gives status and JSON."""
    link = ana.link
    token = csrf_token(client, f"{link}/questions?page=1")

    def send(page, **fields):
        sent = {"csrf_token": token, "page": page, **fields}
        answer = client.post(f"{link}/answers", data=sent, headers={"Accept": "application/json"})
        return answer.status_code, answer.json

    return send


@pytest.mark.asvs("2.2.3")
def test_most_and_least_cannot_be_the_same(ana, kept):
    first = ana.browser.page.all("input")[2].attributes["value"]
    ana.browser.press("Next", **{"most.b01": first, "least.b01": first})
    assert ana.status == 400
    assert "cannot be both most and least" in ana.text
    summary = ana.browser.page.by_id("b01-1")
    assert [a.attributes["href"] for a in ana.browser.page.all("a") if "both" in a.text] == ["#b01-1"]
    assert "checked" in summary.attributes
    assert kept() == {}


def test_what_is_missing_is_asked_for_and_may_wait(ana, kept):
    chosen = fitting(ana.browser.page)
    ana.browser.press("Next", **{"most.b01": chosen["most.b01"]})
    assert ana.status == 400
    assert "Group 1: choose the statement most like you" in ana.text
    assert ("most.b01", chosen["most.b01"]) in list(unchanged_fields(ana.browser.page.all("form")[0]))
    ana.browser.press("Skip for now")
    assert ana.title == "Group 2 of 24"
    assert kept() == {}


def test_going_to_the_previous_page_keeps_what_was_chosen(ana, kept):
    ana.answer_page()
    ana.browser.press("Previous", **fitting(ana.browser.page))
    assert ana.title == "Group 1 of 24"
    assert set(kept()) == {"b01", "b02"}
    assert not [button for button in ana.browser.page.all("button") if button.text == "Previous"]


def test_on_another_device_the_link_shown_leads_to_the_first_unanswered_page(come, ana, answered):
    for _ in range(5):
        ana.answer_page()
    own = ana.browser.page.by_id("own-link").attributes["value"]
    elsewhere = come(own)
    assert elsewhere.title == "Group 6 of 24"
    assert "About 14 minutes left" in elsewhere.text
    answered("rate", "narrow", "rank")
    later = come(own)
    assert later.title == "Statements 1 to 6 of 120"
    assert "Say how well each statement describes you at work" in later.text
    assert "About 10 minutes left" in later.text


def test_answers_that_were_given_stand_on_the_page_again(link, ana, answered):
    answered("rate")
    ana.browser.open(link)
    ana.answer_all(until="Statements 7")
    ana.browser.press("Previous")
    given = dict(unchanged_fields(ana.browser.page.all("form")[0]))
    assert [value for name, value in given.items() if name.startswith("f")] == ["4"] * 6


def test_what_was_left_is_listed_at_the_end_and_one_comes_back_to_the_list(ana, link, answered):
    answered("b05", "rank")
    ana.browser.open(f"{ana.link}/questions?page={RANK}")
    ana.answer_all(until="Some questions are not answered yet")
    assert "DISC: Group 5 of 24" in ana.text
    assert not [b for b in ana.browser.page.all("button") if b.text == "Finish"]
    ana.browser.click("DISC: Group 5")
    ana.browser.press("Save and return to the end", **fitting(ana.browser.page))
    assert ana.title == "That was the last question"


def test_a_gentle_word_when_all_answers_are_alike_and_no_more_than_that(ana, link, answered):
    answered("rate", "narrow", "rank")
    ana.browser.open(link)
    assert "Many of your answers to DISC are the same. That may be right." in ana.text
    answered()
    ana.browser.open(link)
    assert "Many of your answers to DISC and Focus are the same" in ana.text
    assert ana.finish().title == "Your result"


def test_values_are_narrowed_and_put_in_order_by_lists_to_choose_from(ana, link, kept, answered):
    answered("narrow", "rank")
    ana.browser.open(link)
    ana.answer_all(until="Which values")
    everything = [
        box.attributes["value"] for box in ana.browser.page.all("input") if box.attributes.get("type") == "checkbox"
    ]
    ana.browser.press("Next", narrow=everything[:13])
    assert ana.status == 400
    assert "more than 12 values" in ana.text
    ana.browser.press("Next", narrow=everything[:3])
    assert "Choose at least 5 values" in ana.text
    ana.browser.press("Next", narrow=everything[:6])
    assert ana.title == "Which values come first?"
    offered = [option.attributes["value"] for option in ana.browser.page.all("select")[0].all("option")]
    assert offered == ["", *everything[:6]]
    in_order = {f"rank.{place}": everything[place] for place in range(1, 6)}
    ana.browser.press("Next", **in_order | {"rank.2": everything[1]})
    assert "each value only once" in ana.text
    ana.browser.press("Next", **in_order | {"rank.2": ""})
    assert "Put 5 of the values that you chose in order" in ana.text
    ana.browser.press("Next", **in_order)
    assert ana.title == "That was the last question"
    assert kept()["rank"] == everything[1:6]


def test_ten_values_where_the_account_wants_ten(come, invite, within, alice, answered):
    within(
        alice, lambda id_: db.session.execute(db.update(Account).where(Account.id == id_).values(core_extended=True))
    )
    link = invite(alice)
    ana = come(link).begin()
    answered("rank")
    ana.browser.open(link)
    ana.answer_all(until="Which values come first")
    assert len(ana.browser.page.all("select")) == 10
    assert "Put your 10 most important" in ana.text
    assert ana.answer_all().finish().title == "Your result"


def test_ranking_before_choosing_says_so(ana):
    ana.browser.open(f"{ana.link}/questions?page={RANK}")
    assert "First choose at least" in ana.text
    ana.browser.press("Skip for now")
    assert ana.title == "Some questions are not answered yet"


def test_a_script_keeps_each_answer_and_hears_how_far_it_is(save, kept):
    status, said = save(25, f001="2")
    assert status == 200
    assert said["faults"] == {}
    assert (said["percent"], said["said"]) == (0, "About 14 minutes left")
    assert "f002" in said["gaps"]
    assert "f001" not in said["gaps"]
    save(25, f001="5", f002="1")
    assert kept() == {"f001": 5, "f002": 1}


def test_half_a_group_is_no_fault_yet_and_not_kept(save, kept):
    assert save(1, **{"most.b01": "b01a"})[1]["faults"] == {}
    assert kept() == {}
    assert "both" in save(1, **{"most.b01": "b01a", "least.b01": "b01a"})[1]["faults"]["b01"]


@for_each("value", ["0", "6", "-1", "4.0", "٤", "", "1" * 400, "NaN", "true", "null", "<b>", "'; --"])
def test_what_is_no_answer_is_not_kept(save, kept, value):
    assert save(25, f001=value)[0] == 200
    assert kept() == {}


def test_what_belongs_elsewhere_is_not_kept(save, kept):
    save(1, **{"most.b01": "b02a", "least.b01": "b01a", "f001": "3", "most.b02": "b02a", "least.b02": "b02b"})
    save(NARROW, narrow=["gold", "freedom"])
    save(RANK, **{"rank.1": "freedom", "rank.2": "gold", "rank.11": "wisdom"})
    assert kept() == {}


@for_each("page", ["0", "47", "-1", "x", "", "1e1", "9" * 50])
def test_a_page_that_is_none_is_not_found(save, page):
    assert save(page)[0] == 404


def test_a_late_answer_gets_a_clear_answer(save, link, ana, within, alice, answered):
    answered()
    ana.browser.open(link)
    ana.finish()
    status, said = save(1, **{"most.b01": "b01a", "least.b01": "b01b"})
    assert status == 409
    assert "finished" in said["said"]
    assert within(alice, lambda _: db.session.scalar(db.select(Answer.item))) is None


@pytest.mark.asvs("2.3.1")
def test_finishing_too_early_leads_to_what_is_missing(client, ana):
    link = ana.link
    token = csrf_token(client, f"{link}/questions?page=1")
    assert client.post(f"{link}/completion", data={"csrf_token": token}).location == link
    assert client.get(link).location == f"{link}/questions?page=1"


def test_finishing_twice_shows_the_result_again(client, ana, answered):
    answered()
    link = ana.link
    token = csrf_token(client, f"{link}/completion")
    for _ in range(2):
        assert client.post(f"{link}/completion", data={"csrf_token": token}).location == link
    assert "Your result" in client.get(link).get_data(as_text=True)


def test_the_result_shows_what_was_kept_and_nothing_of_others(come, link, invite, alice, ana, within, answered):
    berts = invite(alice, "bert@example.com", first_name="Bert")
    bert = come(berts).begin()
    answered()
    for somebody, theirs in ((bert, berts), (ana, link)):
        somebody.browser.open(theirs)
        somebody.finish()
    scores = within(alice, lambda id_: Sitting.of_invitation(AssessmentInvitation.find(id_, target(link))).scores)
    assert scores["disc"]["style"] in ana.text
    assert "Flexibility" in ana.text
    assert "Achievement" in ana.text
    assert "Bert" not in ana.text
