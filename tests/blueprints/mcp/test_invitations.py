"""An assistant invites: the person gets mail, the assistant gets no link, and nobody is flooded."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from models.assessments.invitation import AssessmentInvitation
from models.database.base import db
from models.database.tenancy import in_account
from models.mail.message import Message
from models.profiles.profile import Profile
from models.scopes import ACCOUNT_READ, ACCOUNT_WRITE, PROFILES_READ, PROFILES_WRITE, TAGS_MANAGE

TOOL = "send_assessment_invite"


@pytest.fixture
def there(app, aperture) -> Callable[[Callable[[], object]], object]:
    """Looks something up in Aperture Science."""

    def look(find):
        with app.app_context(), in_account(aperture.id):
            return find()

    return look


def invitations():
    return list(db.session.scalars(select(AssessmentInvitation)))


def posted():
    """How much mail about the assessments there is."""
    about = select(func.count()).select_from(Message).where(Message.kind.startswith("assessment_"))
    return db.session.scalar(about)


def test_claude_invites_somebody_on_behalf_of_alice(claude, alice, there):
    answer = claude.result(TOOL, email="grace@example.com", first_name="Grace", last_name="Hopper")
    assert (answer["email"], answer["first_name"], answer["status"]) == ("grace@example.com", "Grace", "pending")
    assert answer["sent"]
    [invitation] = there(invitations)
    assert (str(invitation.profile_id), invitation.invited_by) == (answer["id"], alice.member_id)
    assert (invitation.connection_id, invitation.note) == (claude.connection_id, "")


def test_no_answer_leads_to_the_link(claude, there):
    answers = [claude.call(TOOL, email="grace@example.com").text for _ in range(2)]
    [invitation] = there(invitations)
    for answer in answers:
        assert invitation.link.secret not in answer
        assert "pfv_" not in answer
        assert str(invitation.id) not in answer
        assert invitation.id.hex not in answer


def test_asking_twice_sends_once_and_says_so(claude, there, audit_log):
    first = claude.result(TOOL, email="grace@example.com")
    again = claude.result(TOOL, email="GRACE@example.com", custom_id="crm-3")
    assert (first["sent"], again["sent"]) == (True, False)
    assert (again["id"], again["sent_at"], again["custom_id"]) == (first["id"], first["sent_at"], "crm-3")
    assert there(posted) == 3
    assert [entry.steps for entry in audit_log()] == [["profile.created", "assessment.invited"], ["alias.created"]]


def test_who_has_results_is_asked_anew(claude, ours, there):
    answer = claude.result(TOOL, email="doug@example.com", first_name="Douglas")
    assert (answer["id"], answer["status"], answer["first_name"]) == (ours.profile, "completed", "Doug")
    assert answer["sent"]


def test_without_seeing_profiles_the_answer_tells_nothing_of_the_person(connect, alice, ours):
    answer = connect(alice, [PROFILES_WRITE]).result(TOOL, email="DOUG@example.com ", first_name="Douglas")
    assert answer.keys() == {"account", "id", "status", "email", "sent", "sent_at", "expires_at"}
    assert answer["email"] == "DOUG@example.com"


def test_tags_and_custom_id_need_their_own_scopes(connect, alice, ours):
    for given, scope in (({"tag_ids": [ours.tag]}, TAGS_MANAGE), ({"custom_id": "crm-3"}, ACCOUNT_WRITE)):
        app = connect(alice, [PROFILES_READ, PROFILES_WRITE], name=scope)
        challenge = app.call(TOOL, email="grace@example.com", **given).headers["WWW-Authenticate"]
        assert scope in challenge.partition('scope="')[2].partition('"')[0].split()
    answer = connect(alice).result(TOOL, email="grace@example.com", tag_ids=[ours.tag], custom_id="crm-3")
    assert [tag["id"] for tag in answer["tags"]] == [ours.tag]
    assert answer["aliases"] == ["crm-3"]


def test_what_other_scopes_open_is_left_out(connect, alice, ours):
    alone = connect(alice, [PROFILES_READ, PROFILES_WRITE]).result(TOOL, email="doug@example.com")
    assert not alone.keys() & {"tags", "aliases", "custom_id"}
    more = connect(alice, [PROFILES_READ, PROFILES_WRITE, ACCOUNT_READ], name="other")
    assert more.result(TOOL, email="doug@example.com")["custom_id"] == "crm-doug"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "email is required"),
        ({"email": "nobody"}, "email: Enter an e-mail address in the form name@example.com."),
        ({"email": "x" * 255}, "email: can have at most 254 characters"),
        (
            {"email": "grace@example.com", "custom_id": "crm-doug"},
            "custom_id: This consumer key already belongs to another profile",
        ),
        ({"email": "doug@example.com", "custom_id": "crm-3"}, "custom_id: This person already has another custom id."),
        (
            {"email": "grace@example.com", "tag_ids": [str(uuid.UUID(int=7))]},
            "There is no tag with this id in this account.",
        ),
        ({"email": "grace@example.com", "note": "Buy now"}, "note: unknown argument"),
    ],
)
def test_what_cannot_be_sent_is_said_and_nothing_is_kept(claude, ours, there, given, sentence):
    def profiles():
        return db.session.scalar(select(func.count()).select_from(Profile))

    before = there(profiles)
    assert claude.refusal(TOOL, **given).startswith(sentence)
    assert there(posted) == 0
    assert there(profiles) == before


def test_a_day_has_an_end_for_an_app(claude, audit_log):
    for _ in range(3):
        claude.result("delete_profile", profile_id=claude.result(TOOL, email="grace@example.com")["id"])
    refused = claude.refusal(TOOL, email="grace@example.com")
    assert refused.startswith("Apps have sent e-mail to this address 3 times within a day.")
    assert [(entry.outcome, entry.reason) for entry in audit_log()][-1] == ("refused", "not_allowed")
