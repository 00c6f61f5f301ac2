"""What mail says: of each kind in words of its own, with nothing in it that somebody else wrote, and nothing that reports."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select, update

from blueprints.mail.rendering import TEXT_ONLY, compose
from blueprints.web.urls import set_up_address
from models.accounts.account import Account
from models.accounts.member import Member
from models.assessments.completion import finish
from models.assessments.invitation import AssessmentInvitation
from models.assessments.link_visit import Visit
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import Sitting
from models.database.base import db, now
from models.mail.message import Kind, Message
from models.permissions import Role
from models.profiles.profile import Profile
from tests.fixtures.sittings import answer_everything
from tests.for_each import for_each

MAIL = Path(__file__).parents[3] / "templates" / "mail"
ANA = "ana@example.com"


@pytest.fixture
def invite(in_alices, alice):
    """Invites Ana to the assessments, and returns the mail as it would go out now."""

    def make(**given):
        asked = {"first_name": "Ana", "last_name": "Löwe", "by": alice.member_id} | given
        return in_alices(
            lambda _: letter(AssessmentInvitation.invite(alice.account_id, ANA, **asked).id, Kind.ASSESSMENT_INVITATION)
        )

    return make


def letter(about_id, kind):
    """The letter of this kind about this thing; None when there is no reason to send it."""
    about = select(Message).where(Message.about_id == about_id, Message.kind == kind)
    composed = compose(db.session.scalars(about.limit(1)).one())
    return composed and composed.letter


@for_each("kind", list(Kind))
def test_every_kind_is_there_as_text_and_but_for_warnings_as_html(kind):
    assert (MAIL / f"{kind}.txt").exists()
    assert (MAIL / f"{kind}.html").exists() == (kind not in TEXT_ONLY)


@for_each("template", sorted(MAIL.glob("*.html")))
def test_no_mail_shows_or_asks_for_anything_from_elsewhere(template):
    markup = template.read_text()
    assert not re.search(r"<(img|script|iframe|link|form|object|video)\b|url\(|@import|http", markup)


def test_who_asks_what_for_and_how_long_stands_in_both_forms(invite):
    mail = invite(note="Looking forward to it.\nAlice")
    assert mail.subject == "Alice asks how you like to work"
    for form in (mail.text, mail.html):
        for fact in (
            "Hello Ana,",
            "Alice of Aperture Science asks you",
            "DISC, Focus and Core Values",
            "UTC",
            "/a/pfv_",
        ):
            assert fact in form
    assert "    Looking forward to it.\n    Alice" in mail.text
    assert "prefers-color-scheme: dark" in mail.html


@pytest.mark.asvs("1.3.7")
def test_what_people_typed_is_text_and_never_markup(invite, in_alices, alice):
    in_alices(lambda _: db.session.execute(update(Account).values(name="<b>Aperture</b> & {{ config }}")))
    mail = invite(note="<script>alert(1)</script>{{ 1234 * 4321 }}")
    assert "&lt;script&gt;" in mail.html
    assert "<b>" not in mail.html
    assert "<b>Aperture</b> & {{ config }}" in mail.text
    assert "5332114" not in mail.text


@pytest.mark.parametrize("first_name", ["", "Click https://evil.example", "a@b.example", "Ana\u202e", "X" * 60, "007"])
def test_what_is_plainly_no_first_name_is_not_greeted(invite, first_name):
    greeting = invite(first_name=first_name).text.splitlines()[0]
    assert greeting in {"Hello,", "Hello Ana,"}
    assert (greeting == "Hello Ana,") == (first_name.startswith("Ana"))


def test_mail_that_an_app_caused_has_no_word_that_an_app_could_have_written(invite, in_alices, claude):
    """Not the names it gave, and not even the account's, which it may change."""
    in_alices(lambda _: db.session.execute(update(Account).values(name="You have won at evil.example")))
    mail = invite(
        first_name="Winner",
        last_name="Jackpot",
        note="Claim it now",
        custom_id="prize-1",
        connection_id=claude.connection_id,
    )
    for form in (mail.subject, mail.text, mail.html):
        for word in ("Winner", "Jackpot", "Claim", "prize", "won", "evil"):
            assert word not in form
    assert "An assistant asks you, for Alice, to answer" in mail.text
    assert "Alice <alice@example.com> entered your address, or asked an assistant to" in mail.text


def test_who_has_begun_is_reminded_to_go_on(invite, in_alices):
    invite()
    reminder = lambda _: letter(db.session.scalars(select(AssessmentInvitation.id)).one(), Kind.ASSESSMENT_REMINDER)  # noqa: E731
    assert "Read what it is for" in in_alices(reminder).text
    in_alices(lambda _: db.session.execute(update(AssessmentInvitation).values(opened_at=now())))
    assert "Continue where you stopped" in in_alices(reminder).text


@pytest.mark.parametrize("ended", ["completed_at", "cancelled_at", "expires_at"])
def test_nobody_is_asked_for_what_has_ended(invite, in_alices, ended):
    invite()
    in_alices(lambda _: db.session.execute(update(AssessmentInvitation).values({ended: now()})))
    assert (
        in_alices(lambda _: letter(db.session.scalars(select(AssessmentInvitation.id)).one(), Kind.ASSESSMENT_REMINDER))
        is None
    )


def test_no_reminder_goes_to_an_address_that_was_corrected(invite, in_alices, alice):
    invite()
    reminder = lambda _: letter(db.session.scalars(select(AssessmentInvitation.id)).one(), Kind.ASSESSMENT_REMINDER)  # noqa: E731
    in_alices(lambda _: Profile.by_email(alice.account_id, ANA).update(email=ANA.upper()))
    assert in_alices(reminder)
    in_alices(lambda _: Profile.by_email(alice.account_id, ANA).update(email="anna@example.com"))
    assert in_alices(reminder) is None


@pytest.fixture
def wish(in_alices, alice, bob, charlie):
    """Ana asks to be removed; whoever may delete profiles is told."""

    def ask(_):
        profile = Profile.create(alice.account_id, ANA, "Ana", "Löwe")
        return RemovalRequest.ask(profile).id

    return in_alices(ask)


def test_a_wish_to_be_removed_reaches_managers_and_owners(in_alices, wish):
    def read(_):
        messages = db.session.scalars(select(Message).where(Message.about_id == wish)).all()
        return {message.recipient: compose(message).letter for message in messages}

    told = in_alices(read)
    assert set(told) == {"alice@example.com", "bob@example.com"}
    assert told["bob@example.com"].subject == "Ana Löwe requests removal"
    assert "/profiles/removals\n" in told["bob@example.com"].text


def test_whoever_may_no_longer_delete_profiles_is_not_told(in_alices, wish, bob):
    in_alices(lambda _: setattr(db.session.get_one(Member, bob.member_id), "role", Role.USER))

    def read(_):
        messages = db.session.scalars(select(Message).where(Message.about_id == wish)).all()
        return {message.recipient for message in messages if compose(message)}

    assert in_alices(read) == {"alice@example.com"}


def test_a_wish_that_was_settled_is_no_news(in_alices, wish):
    in_alices(lambda _: db.session.execute(update(RemovalRequest).values(settled_at=now())))
    assert in_alices(lambda _: letter(wish, Kind.REMOVAL_ASKED)) is None


@pytest.fixture
def declined(in_alices, alice, bob):
    """Ana has finished by her link and asked to be removed, and Bob declined; gives the request's id."""

    def do(_):
        invitation = AssessmentInvitation.invite(alice.account_id, ANA, by=alice.member_id)
        sitting = Sitting.begin_invited(invitation)
        answer_everything(sitting)
        finish(sitting)
        Visit.by(invitation.link).withdraw()
        [wish] = RemovalRequest.open_in(alice.account_id)
        wish.decline(db.session.get_one(Member, bob.member_id), "We still need it.")
        return wish.id

    return in_alices(do)


def test_whoever_is_declined_reads_who_decided_and_gets_their_link(in_alices, declined, bob):
    told = in_alices(lambda _: letter(declined, Kind.REMOVAL_DECLINED))
    assert told.subject == "Aperture Science declined your removal request"
    for content in (told.text, told.html):
        assert bob.email in content
        assert "We still need it." in content
        assert "/a/pfv_" in content


@pytest.mark.both_databases
def test_an_address_that_was_corrected_since_still_gets_the_answer_and_its_own_link(in_alices, declined, alice):
    def corrected(_):
        Profile.by_email(alice.account_id, ANA).update(email="loewe@example.com")
        return letter(declined, Kind.REMOVAL_DECLINED)

    assert "/a/pfv_" in in_alices(corrected).text


@pytest.mark.both_databases
def test_at_a_corrected_address_nobody_gets_the_link_of_another(in_alices, declined, alice):
    def corrected(_):
        Profile.by_email(alice.account_id, ANA).update(email="loewe@example.com")
        db.session.execute(update(Message).values(recipient="loewe@example.com"))
        return letter(declined, Kind.REMOVAL_DECLINED)

    assert in_alices(corrected) is None


def test_results_are_told_to_whoever_asked_for_them(in_alices, alice):
    def post(_):
        profile = Profile.create(alice.account_id, ANA, "Ana", "Löwe")
        Message.post(Kind.RESULTS_ARRIVED, alice.email, profile.id, alice.account_id, profile.id, user_id=alice.user_id)
        return letter(profile.id, Kind.RESULTS_ARRIVED)

    mail = in_alices(post)
    assert mail.subject == "Ana Löwe has finished the assessments"
    assert "See the results" in mail.html


def test_the_first_owner_gets_a_link_until_there_is_an_account(app, new_account):
    with app.app_context():
        message = Message.post(Kind.OWNER_INVITATION, ANA)
        link = compose(message).personal_link
        assert link == set_up_address(ANA)
        assert link in compose(message).letter.text
        db.session.commit()
        new_account("Aperture Science")
        assert compose(message) is None
