"""The outbox: what went out, what is planned, what failed; links to hand over, for whoever may know them."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import Sitting
from models.database.base import db, now
from models.mail.message import Kind, Message
from models.permissions import Role
from tests.fixtures.sittings import answer_everything
from tests.pages import first, submit, text_of

OUTBOX = "/settings/outbox"
ANA = "ana@example.com"


@pytest.fixture
def mail_url(request):
    """There is a mail server in the tests that look into its mailbox, and none in the others."""
    return request.getfixturevalue("mailbox").url if "mailbox" in request.fixturenames else ""


@pytest.fixture
def invited(in_alices, alice):
    """Alice has invited Ana to the assessments: one message for now, and reminders for later."""
    return in_alices(
        lambda _: (
            AssessmentInvitation.invite(
                alice.account_id, ANA, "Ana", "Löwe", note="Looking forward to it.", by=alice.member_id
            ).id
        )
    )


@pytest.fixture
def about_dora(in_alices, alice):
    """Alice has invited Dora to the account."""

    def invite(_):
        inviter = db.session.get_one(Member, alice.member_id)
        return MemberInvitation.create(inviter, "dora@example.com", Role.USER)[0].id

    return in_alices(invite)


@pytest.fixture
def messages(in_alices):
    """The messages of the account in one state, as the page finds them."""
    return lambda *wanted: in_alices(lambda _: list(db.session.scalars(select(Message.id).where(*wanted))))


def letter_of(browser, kind="Assessment invitation"):
    """The address of the first message of this kind."""
    return first(rf'href="({OUTBOX}/[\w-]+)">[^<]*<span class="hidden">: {kind}', browser.get(OUTBOX).text)


def test_bob_who_manages_sees_what_was_sent_to_people_and_what_is_planned(bob, browser_of, invited, work):
    browser = browser_of(bob)
    assert text_of(browser.get(OUTBOX)).count("Assessment invitation") == 2
    said = text_of(browser.get(OUTBOX))
    assert "Scheduled, due in 3 days" in said
    assert "On its way" in said
    work()
    assert "Not sent: no mail server just now" in text_of(browser.get(OUTBOX))
    assert text_of(browser.get(f"{OUTBOX}?state=planned")).count("Assessment reminder Scheduled") == 2
    assert "Nothing found" in text_of(browser.get(f"{OUTBOX}?state=failed"))


def test_before_anything_was_sent_the_page_says_what_will_appear(bob, browser_of):
    assert "No messages yet" in text_of(browser_of(bob).get(OUTBOX))


def test_without_a_mail_server_the_mail_with_its_link_is_shown_and_that_is_noted(
    app, bob, browser_of, invited, audit_log
):
    browser = browser_of(bob)
    assert "This server does not send e-mail yet" in text_of(browser.get(OUTBOX))
    page = browser.get(letter_of(browser))
    link = first(r'id="link" value="(http://localhost/a/pfv_[\w-]+)"', page.text)
    said = text_of(page)
    for words in ("Hello Ana", "Alice of Aperture Science asks you", "Looking forward to it.", link):
        assert words in said
    assert app.test_client().get(link.removeprefix("http://localhost")).status_code == 200
    assert audit_log(bob)[-1] == ("assessment.personal_link_shown", "allowed")


def test_looking_by_head_shows_nothing_and_notes_nothing(bob, browser_of, invited, audit_log):
    browser = browser_of(bob)
    assert browser.head(letter_of(browser)).status_code == 200
    assert ("assessment.personal_link_shown", "allowed") not in audit_log(bob)


def test_once_somebody_has_started_their_link_is_shown_to_nobody(bob, browser_of, invited, in_alices, audit_log):
    """Somebody else could only delete their answers with it."""
    browser = browser_of(bob)
    letter = letter_of(browser)
    in_alices(lambda _: Sitting.begin_invited(AssessmentInvitation.find(bob.account_id, invited)))
    assert "pfv_" not in browser.get(letter).text
    assert ("assessment.personal_link_shown", "allowed") not in audit_log(bob)


def test_mail_about_nothing_any_more_is_not_made_up(app, bob, browser_of, invited, in_alices, audit_log):
    browser = browser_of(bob)
    letter = letter_of(browser)
    in_alices(lambda _: AssessmentInvitation.find(bob.account_id, invited).cancel())
    page = browser.get(letter)
    assert "There is nothing left to show" in text_of(page)
    assert "pfv_" not in page.text
    assert ("assessment.personal_link_shown", "allowed") not in audit_log(bob)
    assert "No longer needed just now" in text_of(browser.get(OUTBOX))


def test_invitations_to_the_account_are_for_owners_alone(alice, bob, browser_of, about_dora, messages, audit_log):
    [id_] = messages(Message.about_id == about_dora)
    assert "dora@example.com" not in browser_of(bob).get(OUTBOX).text
    assert browser_of(bob).get(f"{OUTBOX}/{id_}").status_code == 404
    page = browser_of(alice).get(f"{OUTBOX}/{id_}")
    assert "/join/pfi_" in page.text
    assert audit_log(alice)[-1] == ("assessment.personal_link_shown", "allowed")


def test_news_of_somebodys_apps_is_nobody_elses(alice, bob, browser_of, claude, messages):
    [id_] = messages(Message.kind == Kind.APP_CONNECTED)
    for person in (alice, bob):
        assert "No messages yet" in text_of(browser_of(person).get(OUTBOX))
        assert browser_of(person).get(f"{OUTBOX}/{id_}").status_code == 404


def test_charlie_may_not_look(charlie, browser_of, invited):
    assert browser_of(charlie).get(OUTBOX).status_code == 403


def test_bob_cancels_a_planned_reminder(bob, browser_of, invited, messages, audit_log):
    browser = browser_of(bob)
    cancellation = first(rf'action="({OUTBOX}/[\w-]+/cancellation)"', browser.get(OUTBOX).text)
    assert submit(browser, cancellation, page=OUTBOX).location == OUTBOX
    assert f"The e-mail to {ANA} will not be sent." in text_of(browser.get(OUTBOX))
    assert len(messages(Message.state == "dropped")) == 1
    again = submit(browser, cancellation, page=OUTBOX)
    assert (again.status_code, "no longer scheduled" in text_of(again)) == (403, True)
    assert audit_log(bob).count(("mail.cancelled", "allowed")) == 1


def test_what_has_been_sent_is_not_sent_again_from_here(bob, browser_of, invited, messages, in_alices, audit_log):
    in_alices(lambda _: db.session.execute(update(Message).values(state="sent", settled_at=now())))
    [id_, *_] = messages()
    answer = submit(browser_of(bob), f"{OUTBOX}/{id_}/sending", page="/profiles/new")
    assert (answer.status_code, "did not fail" in text_of(answer)) == (403, True)
    assert ("mail.sent_again", "allowed") not in audit_log(bob)


@pytest.mark.parametrize("address", [f"{OUTBOX}?state=lost", f"{OUTBOX}?before=x", f"{OUTBOX}?after=%00"])
def test_an_address_that_is_not_of_this_list_is_refused(bob, browser_of, address):
    assert browser_of(bob).get(address).status_code == 400


def test_a_long_outbox_is_read_page_by_page(bob, browser_of, in_alices):
    def post_many(_):
        for number in range(120):
            Message.post(Kind.ASSESSMENT_INVITATION, f"person{number:03}@example.com", account_id=bob.account_id)

    in_alices(post_many)
    browser, seen, address = browser_of(bob), [], OUTBOX
    while True:
        page = browser.get(address).text
        seen += [part[:21] for part in page.split('">person')[1:]]
        if 'rel="next"' not in page:
            break
        address = first(r'href="([^"]+)" rel="next"', page).replace("&amp;", "&")
    assert len(seen) == len(set(seen)) == 120
    newer = first(r'href="([^"]+)" rel="prev"', page).replace("&amp;", "&")
    assert browser.get(newer).text.count('">person') == 50


def test_a_failure_says_why_and_can_be_tried_again(mailbox, bob, browser_of, invited, work, audit_log):
    browser = browser_of(bob)
    mailbox.to_recipient = lambda _address: "550 no such user"
    work()
    said = text_of(browser.get(OUTBOX))
    assert "Failed just now" in said
    assert "MAIL_URL" not in said
    letter = letter_of(browser)
    assert "The mail server does not deliver to this address (550)." in text_of(browser.get(letter))
    mailbox.clear()
    assert submit(browser, f"{letter}/sending", page=letter).location == OUTBOX
    assert audit_log(bob)[-1] == ("mail.sent_again", "allowed")
    work()
    assert "Sent just now" in text_of(browser.get(OUTBOX))
    assert len(mailbox.to(ANA)) == 1


def test_what_was_kept_goes_out_once_there_is_a_mail_server(mailbox, bob, browser_of, invited, work, in_alices):
    in_alices(
        lambda _: db.session.execute(
            update(Message).where(Message.due_at <= now()).values(state="kept", settled_at=now())
        )
    )
    browser = browser_of(bob)
    letter = letter_of(browser)
    assert "pfv_" in browser.get(letter).text
    submit(browser, f"{letter}/sending", page=letter)
    work()
    assert "pfv_" in mailbox.to(ANA)[0].link
    # They have it now.
    assert "pfv_" not in browser.get(letter).text


def test_the_page_says_that_mail_is_on_its_way_and_shows_no_link(mailbox, alice, browser_of, work):
    browser = browser_of(alice)
    answer = submit(browser, "/settings/members/invitations", email="dora@example.com", role="User")
    assert answer.location == "/settings/members"
    page = browser.get("/settings/members")
    assert "An e-mail with a link is on its way to dora@example.com." in text_of(page)
    assert "pfi_" not in page.text
    work()
    first_mail = mailbox.wait_for("dora@example.com")
    again = first(r"/settings/members/invitations/[\w-]+/sending", browser.get("/settings/members").text)
    assert submit(browser, again, page="/settings/members").location == "/settings/members"
    work()
    assert mailbox.wait_for("dora@example.com", 2).link == first_mail.link
    # A second mail, and no duplicate of the first.
    assert len({mail.id for mail in mailbox.mails}) == 2


def test_reminders_go_when_their_time_has_come_unless_the_person_has_answered(mailbox, alice, invited, work, in_alices):
    work()
    in_alices(lambda _: db.session.execute(update(Message).values(due_at=now())))
    work()
    subjects = [mail.subject for mail in mailbox.to(ANA)]
    assert subjects == ["Alice asks how you like to work", *["Reminder: Alice asks how you like to work"] * 2]


def test_an_old_session_is_shown_no_personal_link_before_proof(alice, browser_of, invited, about_dora, long_ago):
    browser = browser_of(alice)
    letters = [letter_of(browser), letter_of(browser, "Member invitation")]
    long_ago(alice)
    for letter in letters:
        asked = browser.get(letter)
        assert asked.location == f"/sign-in/again?next={letter}"


def test_a_link_to_a_result_that_mail_brings_is_shown_to_nobody_else(
    browser_of, in_alices, alice, bob, invited, mailbox
):
    def declined(_):
        profile = AssessmentInvitation.find(alice.account_id, invited).profile
        wish = RemovalRequest.ask(profile, asked_from=profile.email)
        sitting = Sitting.begin_invited(AssessmentInvitation.find(alice.account_id, invited))
        answer_everything(sitting)
        finish(sitting)
        sitting.removal_id = wish.id
        db.session.flush()
        wish.decline(Member.find(alice.account_id, bob.member_id), "We still work together.")
        return db.session.scalars(select(Message.id).where(Message.kind == Kind.REMOVAL_DECLINED)).one()

    message_id = in_alices(declined)
    for state in ("waiting", "sent"):
        in_alices(lambda _, state=state: db.session.execute(update(Message).values(state=state)))
        assert "/a/pfv_" not in browser_of(bob).get(f"{OUTBOX}/{message_id}").get_data(as_text=True)
    in_alices(lambda _: db.session.execute(update(Message).values(state="failed")))
    assert "/a/pfv_" in browser_of(bob).get(f"{OUTBOX}/{message_id}").get_data(as_text=True)
