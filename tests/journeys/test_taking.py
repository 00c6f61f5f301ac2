"""From the invitation to the report: by a person at their desk and a phone, and by an assistant that was told to."""

from __future__ import annotations

import pytest

from models.accounts.account import Account
from models.database.base import db
from tests.pages import first
from tests.plain_browser import PlainBrowser
from tests.taker import Taker

ANA = "ana@example.com"
PHONE = {"width": 390, "height": 844, "has_touch": True, "is_mobile": True}


@pytest.fixture
def server(serve):
    """Gunicorn: its worker sends the mails."""
    return serve()


@pytest.fixture
def mail_url(mailbox):
    return mailbox.url


@pytest.fixture
def era():
    """How an assistant begins to talk is tried elsewhere."""
    return "auto"


@pytest.fixture
def asks_for(app, alice):
    """Has Alice's account ask for these assessments."""

    def choose(*assessments):
        with app.app_context():
            db.session.get_one(Account, alice.account_id).assessments = list(assessments)
            db.session.commit()

    return choose


def sign_in(page, person):
    page.goto("/sign-in")
    page.fill("[name=email]", person.email)
    page.fill("[name=password]", person.password)
    page.click("main button[type=submit]")
    page.wait_for_selector("nav[aria-label=Main]", state="attached")


def choose_most_and_least(page):
    page.get_by_label("Most like me").first.check()
    page.get_by_label("Least like me").last.check()


@pytest.mark.browser
def test_alice_invites_ana_who_answers_on_her_phone_and_both_see_the_result(server, mailbox, alice, new_page, asks_for):
    asks_for("disc", "core")
    desk = new_page()
    sign_in(desk, alice)
    desk.goto("/invitations/new")
    desk.fill("[name=email]", ANA)
    desk.fill("[name=first_name]", "Ana")
    desk.fill("[name=note]", "We talk about it on Monday.")
    desk.click("button:has-text('Send')")
    desk.wait_for_url("**/profiles/*")
    report = desk.url
    link = mailbox.wait_for(ANA).link

    phone = new_page(**PHONE)
    phone.goto(link)
    assert "Alice of Aperture Science asks you" in phone.inner_text("main")
    assert "We talk about it on Monday." in phone.inner_text("main")
    phone.click("button:has-text('Agree and start')")
    phone.click("a:has-text('Start')")
    for _ in range(3):
        choose_most_and_least(phone)
        phone.click("button:has-text('Next')")
    choose_most_and_least(phone)
    phone.wait_for_selector("[data-said]:has-text('Saved.')")
    # The battery is nearly empty; at home there is another phone.
    phone.click("summary:has-text('Continue later')")
    elsewhere = phone.get_by_label("Link to continue").input_value()
    phone.context.close()

    other = new_page(width=320, height=568, has_touch=True, is_mobile=True, color_scheme="dark")
    other.goto(link)
    assert other.inner_text("h1") == "You have already started"
    other.goto(elsewhere)
    assert other.inner_text("h1") == "Group 5 of 24"
    while other.inner_text("h1").startswith("Group"):
        choose_most_and_least(other)
        other.click("button:has-text('Next')")
    other.click("a:has-text('Continue')")
    for value in ("Freedom", "Wisdom", "Family happiness", "Health", "Honesty", "Order"):
        other.get_by_label(value).check()
    other.click("button:has-text('Next')")
    for place in ("First", "Second", "Third", "Fourth", "Fifth"):
        other.get_by_label(place).select_option(index=("First", "Second", "Third", "Fourth", "Fifth").index(place) + 1)
    other.click("button:has-text('Next')")
    other.click("button:has-text('Finish')")
    other.wait_for_selector("h1:has-text('Your result')")
    style = first(r"DISC: ([DISC]+)", other.inner_text("main"))

    assert report in mailbox.wait_for(alice.email).text
    desk.goto(report)
    assert f"DISC: {style}" in desk.inner_text("main")
    assert desk.locator("main svg").count() >= 2
    desk.wait_for_selector("#debrief .text h3", timeout=60_000)


def test_an_assistant_invites_and_reads_what_came_of_it_but_never_the_link(
    app, server, mailbox, work, assistant, at_the_desk, alice
):
    claude = assistant().start(at_the_desk(alice))
    invited = claude.call("send_assessment_invite", email=ANA, first_name="Ana-from-the-tool")
    assert "/a/" not in str(invited)
    mail = mailbox.wait_for(ANA)
    assert "Ana-from-the-tool" not in mail.text + mail.html + mail.subject

    browser = PlainBrowser(server.url)
    with browser.http:
        browser.open(mail.link)
        ana = Taker(browser)
        assert "An assistant acting for Alice of Aperture Science asks you" in ana.text
        ana.begin().answer_all(until="Statements 7")
        browser.open(mail.link)
        assert ana.title == "Statements 7 to 12 of 120"
        assert ana.answer_all().finish().title == "Your result"

    profile = claude.call("get_profile", profile_id=invited["id"])
    assert profile["status"] == "completed"
    assert profile["disc"]["style"] in ana.text
    assert profile["focus"].keys() == {"flexibility", "organization", "communication", "understanding", "stability"}
    assert len(profile["core"]) == 5
    work()
    assert claude.call("get_debrief", profile_id=invited["id"])["debrief"]
    assert "/a/pfv_" not in str(profile)
