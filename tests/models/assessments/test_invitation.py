"""Inviting somebody to answer: one open invitation, one link, mail that goes and reminders that wait."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from models.accounts.account import Account
from models.assessments.invitation import AssessmentInvitation
from models.audit.recorder import AuditEntry
from models.database.base import db, new_id, now
from models.errors import Invalid, NotAllowed, NotFound
from models.mail.message import Message
from models.profiles.alias import Alias
from models.profiles.listing import tags_of_profile
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.rate_limits.buckets import counted, fill
from models.rate_limits.invitation_quota import BY_ONE_CONNECTION, BY_PEOPLE

DAY = timedelta(days=1)


@pytest.fixture
def invite(account_id):
    """Invites somebody; Ana unless said otherwise."""
    return lambda email="ana@example.com", **more: AssessmentInvitation.invite(account_id, email, **more)


@pytest.fixture
def later():
    """Lets time pass for an invitation."""

    def pass_by(invitation, **how_long):
        for moment in ("sent_at", "expires_at", "created_at"):
            setattr(invitation, moment, getattr(invitation, moment) - timedelta(**how_long))
        db.session.flush()

    return pass_by


def mail(state="waiting"):
    """What is to be sent: kind, recipient and in how many days, in the order of posting."""
    rows = db.session.scalars(select(Message).where(Message.state == state).order_by(Message.id))
    return [(row.kind.removeprefix("assessment_"), row.recipient, round((row.due_at - now()) / DAY)) for row in rows]


def actions():
    entries = select(AuditEntry.action).where(AuditEntry.action != "member.joined")
    return list(db.session.scalars(entries.order_by(AuditEntry.id)))


def test_somebody_new_gets_a_profile_an_invitation_and_mail(account_id, invite, alice):
    invitation = invite("Ana@Example.com ", first_name="Ana", last_name="Löwe", note="Hi\nAna", by=alice.member_id)
    assert (invitation.profile.email, invitation.profile.name, invitation.profile.status) == (
        "Ana@example.com",
        "Ana Löwe",
        "pending",
    )
    assert (invitation.state, invitation.note, invitation.invited_by) == ("sent", "Hi\nAna", alice.member_id)
    assert invitation.expires_at - invitation.sent_at == 7 * DAY
    assert invitation.assessments == ["disc", "focus", "core"]
    assert mail() == [
        ("invitation", "Ana@example.com", 0),
        ("reminder", "Ana@example.com", 3),
        ("reminder", "Ana@example.com", 6),
    ]
    assert actions() == ["profile.created", "assessment.invited"]


@pytest.mark.parametrize(("days", "due"), [(0, []), (1, [1, 2]), (4, [4]), (7, [])])
def test_reminders_are_planned_while_the_link_holds_and_two_at_most(account_id, invite, days, due):
    db.session.get_one(Account, account_id).reminder_days = days
    invite()
    assert [when for kind, _, when in mail() if kind == "reminder"] == due


def test_reminders_are_set_for_the_account(account_id):
    account = db.session.get_one(Account, account_id)
    assert account.update(reminder_days=2) == ["reminder_days"]
    for days in (-1, 7):
        with pytest.raises(Invalid) as refused:
            account.update(reminder_days=days)
        assert refused.value.field == "reminder_days"


def test_the_assessments_are_those_of_the_day_of_asking(account_id, invite):
    account = db.session.get_one(Account, account_id)
    account.update(assessments=["disc"])
    invitation = invite()
    account.update(assessments=["focus", "core"])
    assert invitation.assessments == ["disc"]


def test_asking_again_renews_the_invitation_and_does_not_double_it(account_id, invite, later):
    first = invite(note="One")
    later(first, days=5)
    again = invite("ANA@example.com", note="Two")
    assert again.id == first.id
    assert (again.note, again.expires_at > now() + 6 * DAY) == ("Two", True)
    assert [kind for kind, _, _ in mail()] == ["invitation", "reminder", "reminder"]
    assert len(mail("dropped")) == 3, "what was planned before is not sent besides"
    assert actions() == ["profile.created", "assessment.invited", "assessment.invitation_sent_again"]


def test_asking_twice_within_a_minute_sends_once(account_id, invite):
    assert invite().id == invite().id
    assert len(mail()) == 3


def test_an_app_that_asks_again_within_a_day_sends_nothing_more(account_id, invite, later):
    first = invite()
    later(first, hours=23)
    assert invite(connection_id=new_id()).id == first.id
    assert len(mail()) == 3
    later(first, hours=2)
    invite(connection_id=new_id())
    assert len(mail("dropped")) == 3


def test_mail_that_an_app_caused_carries_no_note(account_id, invite, later):
    first = invite(note="From Bob")
    later(first, days=2)
    asked = invite(note="Buy now", connection_id=(connection := new_id()))
    assert (asked.note, asked.connection_id) == ("", connection)


def test_who_has_answered_is_asked_anew_by_another_link(account_id, invite):
    first = invite()
    first.completed_at = now()
    second = invite()
    assert second.id != first.id
    assert AssessmentInvitation.newest(account_id, first.profile_id) is second
    assert AssessmentInvitation.unanswered(account_id, first.profile_id) is second


def test_a_name_that_is_known_stays_and_one_that_lacks_is_filled_in(account_id, invite):
    Profile.create(account_id, "ana@example.com", "Ana")
    assert invite(first_name="Anna", last_name="Löwe").profile.name == "Ana Löwe"


def test_tags_and_custom_id_are_added_to_what_is_there(account_id, invite):
    sales, berlin = (Tag.create(account_id, label, "red") for label in ("Sales", "Berlin"))
    sales.put_on([(ana := Profile.create(account_id, "ana@example.com")).id])
    invite(tag_ids=[sales.id, berlin.id, berlin.id], custom_id=" crm-1 ")
    assert [tag.label for tag in tags_of_profile(account_id, ana.id)] == ["Berlin", "Sales"]
    invite(custom_id="crm-1")
    assert [alias.consumer_key for alias in Alias.of_profile(account_id, ana.id)] == ["crm-1"]
    assert actions().count("tag.put_on_profiles") == 2


def test_a_custom_id_is_neither_replaced_nor_taken_from_somebody(account_id, invite):
    invite("ben@example.com", custom_id="crm-1")
    for email, custom_id, why in (
        ("ben@example.com", "crm-2", "already has another custom id"),
        ("ana@example.com", "crm-1", "already belongs to another profile"),
        ("ana@example.com", "x" * 201, "at most 200"),
    ):
        with pytest.raises(Invalid, match=why) as refused:
            invite(email, custom_id=custom_id)
        assert refused.value.field == "custom_id"


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("email", {"email": "nobody"}),
        ("note", {"note": "x" * 1001}),
        ("first_name", {"first_name": "x" * 101}),
        ("tag_ids", {"tag_ids": [new_id() for _ in range(21)]}),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(account_id, invite, field, given):
    with pytest.raises(Invalid) as refused:
        invite(**given)
    assert refused.value.field == field


def test_a_strangers_tag_is_an_unknown_one(account_id, invite):
    with pytest.raises(NotFound):
        invite(tag_ids=[uuid.UUID(int=7)])


def test_sending_again_keeps_the_link_and_begins_the_days_anew(account_id, invite, later):
    invitation = invite(note="Hi")
    link = invitation.link
    later(invitation, days=8)
    assert (invitation.state, invitation.open) == ("expired", False)
    assert invitation.resend()
    assert (invitation.link, invitation.open, invitation.note) == (link, True, "Hi")
    assert not invitation.resend(), "a double click sends once"
    assert [kind for kind, _, _ in mail()] == ["invitation", "reminder", "reminder"]


def test_a_reminder_by_hand_goes_at_once_and_is_in_the_audit_log(account_id, invite, later):
    invitation = invite()
    later(invitation, days=1)
    assert invitation.remind()
    assert mail()[0] == ("reminder", "ana@example.com", 0)
    assert len(mail()) == 3
    assert actions()[-1] == "assessment.reminded"


def test_a_cancelled_invitation_sends_nothing_more(account_id, invite, later):
    invitation = invite()
    invitation.cancel()
    invitation.cancel()
    assert (invitation.state, mail(), len(mail("dropped"))) == ("cancelled", [], 3)
    assert actions()[1:] == ["assessment.invited", "assessment.invitation_cancelled"]
    later(invitation, days=1)
    for send in (invitation.resend, invitation.remind):
        with pytest.raises(NotAllowed, match="Invite them again"):
            send()
    assert invite().id != invitation.id


def test_who_answers_at_this_very_moment_is_not_disturbed(account_id, invite, later):
    invitation = invite()
    later(invitation, days=1)
    finished = update(AssessmentInvitation).where(AssessmentInvitation.id == invitation.id).values(completed_at=now())
    db.session.execute(finished, execution_options={"synchronize_session": False})
    with pytest.raises(NotAllowed):
        invitation.resend()
    invitation.cancel()
    assert actions()[-1] == "assessment.invited"


def test_mail_that_could_not_be_sent_yet_is_not_sent_besides(account_id, invite, later):
    invitation = invite()
    later(invitation, hours=1)
    first = db.session.scalars(select(Message).order_by(Message.id)).first()
    first.claimed_until = now() + timedelta(hours=1)
    db.session.flush()
    invitation.resend()
    assert [kind for kind, _, _ in mail()] == ["invitation", "reminder", "reminder"]


def test_who_is_pending_can_be_told_by_state(account_id, invite, later):
    new, read, late, done, gone = (invite(f"{who}@example.com") for who in ("new", "read", "late", "done", "gone"))
    read.opened_at = late.opened_at = done.completed_at = now()
    later(late, days=7)
    gone.cancel()
    db.session.flush()
    found = {state: AssessmentInvitation.open_in(account_id, state) for state in ("", "sent", "opened", "expired")}
    assert {state: page.rows for state, page in found.items()} == {
        "": [late, read, new],
        "sent": [new],
        "opened": [read],
        "expired": [late],
    }
    assert [invitation.state for invitation in (new, read, late, done, gone)] == [
        "sent",
        "opened",
        "expired",
        "completed",
        "cancelled",
    ]
    second = AssessmentInvitation.open_in(account_id, limit=2, page=2)
    assert (second.rows, second.total) == ([new], 3)


def used_up(limit, *what, but):
    """Uses an allowance, all but so much of it."""
    assert fill(counted(limit, *what), limit.at_once - but)


def test_an_app_can_send_only_so_many_a_day_whatever_is_deleted_in_between(account_id, invite):
    claude, other = new_id(), new_id()
    used_up(BY_ONE_CONNECTION, "invitations by an app", claude, but=2)
    for email in ("ben@example.com", "eva@example.com"):
        invite(email, connection_id=claude).profile.delete()
    with pytest.raises(NotAllowed, match="200 invitations a day.* Try again in 8 minutes"):
        invite(connection_id=claude)
    invite(connection_id=other)
    invite("ben@example.com")


def test_apps_send_to_one_address_three_times_a_day_and_no_more(account_id, invite):
    for _ in range(3):
        invite(connection_id=new_id()).profile.delete()
    with pytest.raises(NotAllowed, match="A member can send it again in Profile. Try again in 8 hours"):
        invite("ANA@example.com", connection_id=new_id())
    invite()


def test_people_have_an_allowance_too(account_id, invite, later):
    used_up(BY_PEOPLE, "invitations by people", account_id, but=1)
    invitation = invite()
    later(invitation, hours=1)
    with pytest.raises(NotAllowed, match="upload a file. Try again in a minute"):
        invitation.resend()
    assert len(mail()) == 3
