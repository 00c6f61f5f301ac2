"""Every mail is in the language of the person who gets it."""

from __future__ import annotations

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from blueprints.mail.rendering import compose
from models.accounts import Account, Member, MemberInvitation
from models.accounts.user import User
from models.assessments import AssessmentInvitation
from models.assessments.sitting import Sitting
from models.database.base import db
from models.database.tenancy import in_account
from models.errors import Invalid
from models.mail import Kind, Message, notify_of_app
from models.permissions import Role
from models.request_scope import open_scope
from tests.pages import submit

ADDRESS = "gerda@example.org"


@pytest.fixture
def account(app, alice):
    with app.app_context(), open_scope(), in_account(alice.account_id):
        yield db.session.get_one(Account, alice.account_id)


def letters(kind):
    """What the messages of this kind say now, oldest first."""
    found = select(Message).where(Message.kind == kind).order_by(Message.id)
    return [compose(message).letter for message in db.session.scalars(found)]


def invite(account, **given):
    return AssessmentInvitation.invite(account.id, ADDRESS, **given)


@pytest.mark.parametrize(
    ("language", "subject", "day"),
    [
        ("en", "Alice asks how you like to work", "It works until "),
        ("de", "Alice fragt, wie Sie gern arbeiten", "Er gilt bis zum "),
        ("fr", "Alice vous demande comment vous aimez travailler", "Il est valable jusqu’au "),
    ],
)
def test_an_invitation_is_in_the_language_that_its_sender_chose(account, alice, language, subject, day):
    invite(account, by=alice.member_id, language=language)
    letter = letters(Kind.ASSESSMENT_INVITATION)[0]
    assert letter.subject == subject
    assert day in letter.text
    assert f'<html lang="{language}" dir="ltr">' in letter.html


def test_without_a_choice_it_is_in_the_accounts_language_and_then_in_the_one_that_the_person_used(account, alice):
    account.update(language="fr")
    invitation = invite(account, by=alice.member_id)
    assert "vous demande" in letters(Kind.ASSESSMENT_INVITATION)[0].subject
    with force_locale("de"):
        Sitting.begin_invited(invitation)
    assert "fragt" in letters(Kind.ASSESSMENT_INVITATION)[0].subject


def test_a_language_that_there_is_not_is_refused(account, alice):
    for change in (lambda: invite(account, by=alice.member_id, language="tlh"), lambda: account.update(language="tlh")):
        with pytest.raises(Invalid) as refused:
            change()
        assert refused.value.field == "language"


def test_a_manager_chooses_it_on_the_page(app, browser_of, bob):
    answer = submit(browser_of(bob), "/invitations/new", email=ADDRESS, language="de")
    assert answer.status_code == 302
    with app.app_context(), in_account(bob.account_id):
        assert db.session.scalars(select(AssessmentInvitation.language)).one() == "de"


def test_a_notice_is_in_the_members_own_language_whatever_the_accounts_is(alice, claude, account):
    account.update(language="fr")
    user = db.session.get_one(User, alice.user_id)
    notify_of_app(Kind.APP_ELSEWHERE, account.id, claude.connection_id, user)
    assert "L’une de vos applications" in letters(Kind.APP_ELSEWHERE)[0].subject
    user.language = "de"
    assert letters(Kind.APP_ELSEWHERE)[0].subject == "Eine Ihrer Apps wurde aus einem neuen Netz genutzt"


def test_an_invitation_to_join_is_in_the_persons_language_if_they_have_one_else_in_the_accounts(alice, eve, account):
    account.update(language="fr")
    db.session.get_one(User, eve.user_id).language = "de"
    for email in (eve.email, ADDRESS):
        MemberInvitation.create(db.session.get_one(Member, alice.member_id), email, Role.USER)
    assert [letter.subject for letter in letters(Kind.MEMBER_INVITATION)] == [
        "Alice lädt Sie zu Aperture Science ein",
        "Alice vous invite à rejoindre Aperture Science",
    ]
