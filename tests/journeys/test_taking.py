"""From the invitation to the report: by a person at their desk and a phone, and by an assistant that was told to."""

from __future__ import annotations

import pytest

from models.accounts.account import Account
from models.assessments.invitation import AssessmentInvitation
from models.database.base import db
from tests.pages import first
from tests.plain_browser import PlainBrowser
from tests.taker import Taker

ANA = "ana@example.com"
WORDS_A_MINUTE = 200
# Without what only screen readers read, such as "Most like me: …" at each statement.
SHOWN = """() => {
  const unseen = [...document.querySelectorAll("main :is(.hidden, .scale .answer)")];
  unseen.forEach((element) => { element.style.display = "none"; });
  const text = document.querySelector("main").innerText;
  unseen.forEach((element) => { element.style.display = ""; });
  return text;
}"""
FEWEST_TAPS, MOST_MINUTES = 182, 17
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
    assert "Hello Ana" in phone.inner_text("main")
    phone.click("button:has-text('Agree and start')")
    for group in range(1, 5):
        phone.wait_for_selector(f"h1:has-text('Group {group} of')")
        choose_most_and_least(phone)
    phone.wait_for_selector("h1:has-text('Group 5 of')")
    # The battery is nearly empty; at home there is another phone.
    phone.click("a:has-text('Continue later')")
    elsewhere = phone.get_by_label("Your link").input_value()
    phone.context.close()

    other = new_page(width=320, height=568, has_touch=True, is_mobile=True, color_scheme="dark")
    other.goto(link)
    assert other.inner_text("h1") == "You have already started"
    other.goto(elsewhere)
    assert other.inner_text("h1") == "Group 5 of 24"
    for group in range(5, 25):
        other.wait_for_selector(f"h1:has-text('Group {group} of')")
        choose_most_and_least(other)
    other.wait_for_selector("h1:has-text('matter most')")
    for value in ("Freedom", "Wisdom", "Family happiness", "Health", "Honesty", "Order"):
        other.get_by_label(value).check()
    other.click("button:has-text('Next')")
    for value in other.locator("[data-taps] button").all()[:5]:
        value.click()
    other.click("button:has-text('Next')")
    other.click("button:has-text('Finish')")
    other.wait_for_selector("h1:has-text('Your result')")
    style = first(r"DISC: ([DISC]+)", other.inner_text("main"))

    assert report in mailbox.wait_for(alice.email).text
    desk.goto(report)
    assert f"DISC: {style}" in desk.inner_text("main")
    assert desk.locator("main svg").count() >= 2
    desk.wait_for_selector("#debrief .text h3", timeout=60_000)


class Reader:
    """Somebody who reads each sentence of the mail and the pages once, and taps."""

    def __init__(self, page):
        self.page, self.taps, self.read = page, 0, {}

    def look(self, text=""):
        for sentence in (text or self.page.evaluate(SHOWN)).splitlines():
            self.read[sentence] = len(sentence.split())

    def tap(self, locator):
        locator.tap()
        self.taps += 1

    def turn_to(self, title):
        self.page.wait_for_selector(f"h1:has-text('{title}')")
        self.look()

    @property
    def minutes(self):
        return sum(self.read.values()) / WORDS_A_MINUTE + self.taps / 60


@pytest.mark.everything
@pytest.mark.browser
def test_from_the_mail_to_the_result_it_takes_few_taps_and_minutes(server, mailbox, alice, new_page, within):
    within(alice, lambda account_id: AssessmentInvitation.invite(account_id, ANA, "Ana", by=alice.member_id))
    mail = mailbox.wait_for(ANA)
    page = new_page(**PHONE)
    page.goto(mail.link)
    ana = Reader(page)
    ana.look(mail.text)
    ana.look()
    ana.tap(page.get_by_role("button", name="Agree and start"))
    for group in range(1, 25):
        ana.turn_to(f"Group {group} of")
        ana.tap(page.get_by_label("Most like me").nth(group % 4))
        ana.tap(page.get_by_label("Least like me").nth((group + 1) % 4))
    for first_of_page in range(1, 121, 6):
        ana.turn_to(f"Statements {first_of_page} to")
        for number, statement in enumerate(page.locator("fieldset").all()):
            ana.tap(statement.locator("label").nth((first_of_page + number) % 5))
    ana.turn_to("Which values matter most")
    for value in page.locator(".value").all()[:5]:
        ana.tap(value)
    ana.tap(page.get_by_role("button", name="Next"))
    ana.turn_to("Which values come first")
    for value in page.locator("[data-taps] button").all():
        ana.tap(value)
    ana.tap(page.get_by_role("button", name="Next"))
    ana.turn_to("That was the last question")
    ana.tap(page.get_by_role("button", name="Finish"))
    page.wait_for_selector("h1:has-text('Your result')")
    print(f"{ana.taps} taps, {sum(ana.read.values())} words, {ana.minutes:.1f} minutes")  # noqa: T201
    # 48 of them choose statements in groups and 120 rate one; 5 choose values and 5 put them in order.
    assert ana.taps == FEWEST_TAPS
    assert ana.minutes < MOST_MINUTES


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
