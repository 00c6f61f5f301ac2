"""Inviting one person, by hand: sent, seen as pending, sent again, reminded, cancelled."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from models.assessments.answer import Answer
from models.assessments.invitation import AssessmentInvitation
from models.assessments.sitting import Sitting
from models.database.base import db, now
from models.mail.message import Message
from models.profiles.alias import Alias
from models.profiles.listing import tags_of_profile
from models.profiles.profile import Profile
from tests.fixtures.sittings import choices_at
from tests.pages import submit, text_of

UNKNOWN = uuid.UUID(int=7)
ADDRESSES = ["/invitations", "/invitations/new"]


@pytest.fixture
def invited(within, aperture, bob):
    """Invites somebody to Aperture Science; gives the id of their profile."""

    def invite(email="ana@example.com", hours_ago=1, **more):
        def work(account_id):
            invitation = AssessmentInvitation.invite(account_id, email, by=bob.member_id, **more)
            for moment in ("sent_at", "expires_at"):
                setattr(invitation, moment, getattr(invitation, moment) - timedelta(hours=hours_ago))
            return invitation.profile_id

        return within(aperture, work)

    return invite


def day(at):
    return f"{at:%-d %B %Y}"


def newest(look, team, profile_id):
    return look(team, lambda id_: AssessmentInvitation.newest(id_, profile_id))


def waiting(within, team):
    """The kinds of mail that wait to be sent."""
    messages = select(Message.kind).where(Message.state == "waiting").order_by(Message.id)
    return [kind.removeprefix("assessment_") for kind in within(team, lambda _: list(db.session.scalars(messages)))]


def test_bob_sends_an_assessment(browser_of, bob, aperture, sales, look):
    browser = browser_of(bob)
    answer = submit(
        browser,
        "/invitations/new",
        email="ana@example.com",
        first_name="Ana",
        last_name="Löwe",
        tag=str(sales),
        custom_id="crm-1",
        note="Hi Ana,\r\nplease.",
    )
    page = text_of(browser.get(answer.location))
    assert "Ana Löwe is invited." in page
    [invitation] = look(aperture, lambda id_: AssessmentInvitation.open_in(id_).rows)
    assert (invitation.note, invitation.invited_by) == ("Hi Ana,\nplease.", bob.member_id)
    tags, aliases = look(
        aperture,
        lambda id_: (tags_of_profile(id_, invitation.profile_id), Alias.of_profile(id_, invitation.profile_id)),
    )
    assert ([tag.label for tag in tags], [alias.consumer_key for alias in aliases]) == (["Sales"], ["crm-1"])


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Enter an e-mail address."),
        ({"email": "nobody"}, "Enter an e-mail address in the form name@example.com."),
        ({"email": "ana@example.com", "note": "x" * 1001}, "A note can have at most 1,000 characters."),
        ({"email": "ana@example.com", "custom_id": "crm-9"}, "already belongs to another profile"),
        ({"email": "ana@example.com", "first_name": "x" * 101}, "A first name can have at most 100 characters."),
        ({"email": "ana@example.com", "note": "a\x00b"}, "Note has a character that is not allowed."),
    ],
)
def test_what_cannot_be_sent_is_said_on_the_form_which_stays_filled_in(
    browser_of, bob, aperture, sales, new_profile, within, typed, sentence
):
    ben = new_profile(aperture, "ben@example.com")
    within(aperture, lambda id_: Alias.create(id_, "profile", ben, "crm-9"))
    answer = submit(browser_of(bob), "/invitations/new", tag=str(sales), last_name="Löwe", **typed)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert 'value="Löwe"' in answer.text
    assert f'value="{sales}" checked' in answer.text
    assert waiting(within, aperture) == []


def test_a_tag_that_is_none_is_refused(browser_of, bob, aperture, lambda_team, within):
    for tag, status in (("nonsense", 400), (str(UNKNOWN), 404), (str(lambda_team), 404)):
        answer = submit(browser_of(bob), "/invitations/new", email="ana@example.com", tag=tag)
        assert answer.status_code == status
    assert within(aperture, lambda id_: Profile.by_email(id_, "ana@example.com")) is None


def test_bob_invites_from_a_profile_and_later_again(browser_of, bob, aperture, ana, within, look):
    browser = browser_of(bob)
    assert "Ana Löwe has not been invited. Invite Ana Löwe" in text_of(browser.get(f"/profiles/{ana}"))
    answer = submit(browser, f"/profiles/{ana}/invitation", note="Hello")
    assert answer.location == f"/profiles/{ana}/invitation/link"
    page = text_of(browser.get(f"/profiles/{ana}"))
    assert f"Sent on {day(now())} by Bob. The link expires on {day(now() + timedelta(days=7))} ." in page
    # Nobody gets a reminder without a mail server.
    assert "next reminder" not in page

    def finish(account_id):
        AssessmentInvitation.newest(account_id, ana).completed_at = now()
        Profile.find(account_id, ana).status = "completed"

    within(aperture, finish)
    assert f"Finished on {day(now())} . Invite again Ana Löwe" in text_of(browser.get(f"/profiles/{ana}"))
    assert "They stay until the assessments are answered again." in text_of(browser.get(f"/profiles/{ana}/invitation"))
    submit(browser, f"/profiles/{ana}/invitation")
    assert newest(look, aperture, ana).state == "sent"


def test_a_note_that_is_too_long_is_said_on_the_form(browser_of, bob, ana):
    answer = submit(browser_of(bob), f"/profiles/{ana}/invitation", note="x" * 1001)
    assert answer.status_code == 400
    assert "A note can have at most 1,000 characters." in text_of(answer)


def test_the_list_shows_who_is_pending_and_how_they_stand(browser_of, bob, aperture, invited, within):
    invited("new@example.com", first_name="Nina")
    opened = invited("read@example.com")
    invited("late@example.com", hours_ago=170)
    done = invited("done@example.com")

    def go_on(account_id):
        AssessmentInvitation.newest(account_id, opened).opened_at = now()
        AssessmentInvitation.newest(account_id, done).completed_at = now()

    within(aperture, go_on)
    browser = browser_of(bob)
    page = text_of(browser.get("/invitations"))
    for words in (
        f"Nina new@example.com Sent {day(now() - timedelta(hours=1))}",
        "read@example.com Opened",
        "late@example.com Link expired",
    ):
        assert words in page
    assert "3 invitations" in page
    assert "done@example.com" not in page
    only_late = text_of(browser.get("/invitations?state=expired"))
    assert "late@example.com" in only_late
    assert "new@example.com" not in only_late


def test_many_pending_people_come_in_pages(browser_of, bob, aperture, invited):
    for number in range(51):
        invited(f"p{number}@example.com")
    browser = browser_of(bob)
    first = browser.get("/invitations").text
    assert "/invitations?page=2" in first
    assert "p0@example.com" not in first
    assert "p0@example.com" in browser.get("/invitations?page=2").text
    assert "No invitations here" in text_of(browser.get("/invitations?page=3"))


def test_an_account_where_nobody_waits_says_how_to_begin(browser_of, bob):
    assert "No pending invitations" in text_of(browser_of(bob).get("/invitations"))


@pytest.mark.parametrize(("noun", "kind"), [("resending", "invitation"), ("reminder", "reminder")])
def test_bob_sends_again_or_reminds_and_comes_back(browser_of, bob, aperture, invited, within, noun, kind, look):
    ana = invited(hours_ago=100)
    browser = browser_of(bob)
    answer = submit(browser, f"/profiles/{ana}/invitation/{noun}", page="/invitations", next="/invitations?page=1")
    # Without a mail server, the link to share is on the next page.
    assert answer.location == ("/invitations?page=1" if noun == "reminder" else f"/profiles/{ana}/invitation/link")
    assert waiting(within, aperture) == [kind, "reminder", "reminder"]
    assert newest(look, aperture, ana).expires_at > now() + timedelta(days=6)
    submit(browser, f"/profiles/{ana}/invitation/{noun}", page="/invitations", next="https://evil.example")
    assert len(waiting(within, aperture)) == 3, "a double click sends once"


def test_bob_cancels_after_being_asked(browser_of, bob, aperture, invited, within, audit_log):
    ana = invited()
    browser = browser_of(bob)
    asked = text_of(browser.get(f"/profiles/{ana}/invitation/cancellation"))
    assert "The link sent to ana@example.com stops working" in asked
    answer = submit(browser, f"/profiles/{ana}/invitation/cancellation")
    assert "was cancelled. Its link no longer works." in text_of(browser.get(answer.location))
    assert waiting(within, aperture) == []
    assert ("assessment.invitation_cancelled", "allowed") in audit_log(bob)


def test_deleting_a_profile_says_that_its_link_ends(browser_of, bob, invited, ana):
    browser = browser_of(bob)
    assert "the invitation to the assessments" not in text_of(browser.get(f"/profiles/{ana}/deletion"))
    assert "the invitation to the assessments, and its link" in text_of(browser.get(f"/profiles/{invited()}/deletion"))


def test_what_is_not_open_can_be_neither_sent_nor_cancelled(browser_of, bob, aperture, ana, gordon):
    browser = browser_of(bob)
    for profile in (ana, gordon, UNKNOWN):
        for noun in ("resending", "reminder", "cancellation"):
            answer = submit(browser, f"/profiles/{profile}/invitation/{noun}", page="/invitations/new")
            assert answer.status_code == 404


def test_charlie_sees_how_somebody_stands_but_can_do_nothing(browser_of, bob, charlie, invited, aperture, look):
    ana = invited()
    browser = browser_of(charlie)
    page = browser.get(f"/profiles/{ana}")
    assert "Sent on" in text_of(page)
    assert "Renew link" not in page.text
    assert browser.get(f"/profiles/{ana}/invitation/link").status_code == 403
    assert "/invitations" not in page.text
    for path in [*ADDRESSES, f"/profiles/{ana}/invitation", f"/profiles/{ana}/invitation/cancellation"]:
        assert browser.get(path).status_code == 403
        assert submit(browser, path, page="/settings/connections").status_code in {403, 405}
    for noun in ("resending", "reminder"):
        path = f"/profiles/{ana}/invitation/{noun}"
        assert submit(browser, path, page="/settings/connections").status_code == 403
    assert newest(look, aperture, ana).state == "sent"


def test_no_page_shows_a_personal_link(browser_of, bob, invited, aperture, look):
    ana = invited()
    secret = newest(look, aperture, ana).link.secret
    browser = browser_of(bob)
    for path in (*ADDRESSES, f"/profiles/{ana}", f"/profiles/{ana}/invitation", "/profiles"):
        assert secret not in browser.get(path).text


def test_that_no_mail_is_sent_is_said_before_and_the_link_is_there_after(browser_of, bob, aperture, look, audit_log):
    browser = browser_of(bob)
    assert "This server does not send e-mail. You get a personal link on the next page" in text_of(
        browser.get("/invitations/new")
    )
    there = submit(browser, "/invitations/new", email="ana@example.com").location
    page = browser.get(there)
    [invitation] = look(aperture, lambda id_: AssessmentInvitation.open_in(id_).rows)
    assert f'value="http://localhost/a/{invitation.link.secret}"' in page.text
    assert audit_log(bob)[-1] == ("assessment.personal_link_shown", "allowed")
    assert f'href="{there}"' in browser.get("/invitations").text


def test_an_old_session_proves_itself_before_it_sees_a_personal_link(browser_of, bob, invited, long_ago):
    ana = invited()
    browser = browser_of(bob)
    long_ago(bob)
    answer = browser.get(f"/profiles/{ana}/invitation/link")
    assert answer.location.startswith("/sign-in/again?next=")


@pytest.mark.both_databases
def test_how_far_somebody_is_is_said_in_the_same_words_everywhere_and_their_link_is_shown_no_more(
    browser_of, bob, aperture, invited, within, look, audit_log
):
    ana = invited(first_name="Ana")
    browser = browser_of(bob)
    places = ("/invitations", f"/profiles/{ana}", "/dashboard")

    def begin(account_id):
        invitation = AssessmentInvitation.newest(account_id, ana)
        assert invitation
        Sitting.begin_invited(invitation)

    def answer(account_id):
        invitation = AssessmentInvitation.newest(account_id, ana)
        assert invitation
        sitting = Sitting.of_invitation(invitation)
        assert sitting
        for step in sitting.questionnaire.steps[:2]:
            Answer.keep(sitting, step, choices_at(step))
        return sum(len(step.page.item_ids) for step in sitting.questionnaire.steps[:2]), sitting.questionnaire.questions

    assert ["Sent" in text_of(browser.get(place)) for place in places] == [True] * 3
    within(aperture, begin)
    assert ["Opened" in text_of(browser.get(place)) for place in places] == [True] * 3
    said = "{} of {} answered".format(*within(aperture, answer))
    assert [said in text_of(browser.get(place)) for place in places] == [True] * 3
    renewed = submit(browser, f"/profiles/{ana}/invitation/resending", page="/invitations", next="/invitations")
    assert renewed.location == "/invitations"
    page = browser.get(f"/profiles/{ana}/invitation/link")
    assert "is answering. It is no longer shown to anybody else." in text_of(page)
    assert newest(look, aperture, ana).link.secret not in page.text
    assert ("assessment.personal_link_shown", "allowed") not in audit_log(bob)


def test_an_expired_link_is_renewed_and_not_shown_before(browser_of, bob, aperture, invited, look):
    ana = invited(hours_ago=170)
    browser = browser_of(bob)
    there = f"/profiles/{ana}/invitation/link"
    secret = newest(look, aperture, ana).link.secret
    assert secret not in browser.get(there).text
    assert submit(browser, f"/profiles/{ana}/invitation/resending", page="/invitations").location == there
    assert secret in browser.get(there).text
