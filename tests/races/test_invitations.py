"""Eight windows of one Manager ask for the same at once: one person is invited once, one link is made, one file is sent once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import func, select

from models.assessments.bulk_invite.csv_reader import read_sheet
from models.assessments.bulk_invite.upload import InvitationFile
from models.assessments.invitation import AssessmentInvitation
from models.assessments.shared_link import AssessmentLink
from models.audit.recorder import AuditEntry
from models.database.base import db
from models.mail.message import Message
from models.profiles.profile import Profile
from tests.plain_browser import PlainBrowser

pytestmark = pytest.mark.races


@pytest.fixture
def settings(settings):
    """Nothing but the race: no mail is sent."""
    return replace(settings, worker="separate")


@pytest.fixture
def race(racers, server, bob):
    """Bob, signed in, sends each of these forms from eight windows at once; gives the statuses of the answers."""
    browser = PlainBrowser(server.url)
    browser.open("/sign-in")
    browser.press("Sign in", email=bob.email, password=bob.password)
    page = browser.open("/invitations/new")
    token = next(i.attributes["value"] for i in page.all("input") if i.attributes.get("name") == "csrf_token")
    cookie = f"profile={browser.http.cookies['profile']}"
    browser.http.close()

    def start(path, **form):
        forms = [(path, {"csrf_token": token, **form})] * racers.number
        return {reply.status for reply in racers.post_each(forms, cookie)}

    return start


def count(table, *conditions):
    return db.session.scalar(select(func.count()).select_from(table).where(*conditions))


def test_one_person_gets_one_profile_one_invitation_and_one_mail(race, rounds, in_alices):
    for batch in rounds(20):
        for number in batch:
            assert race("/invitations/new", email=f"p{number}@example.com", custom_id=f"crm-{number}") == {302}
    asked = batch.stop
    assert in_alices(lambda _: [count(table) for table in (Profile, AssessmentInvitation, Message)]) == [
        asked,
        asked,
        3 * asked,
    ]
    assert in_alices(lambda _: count(AuditEntry, AuditEntry.action == "assessment.invited")) == asked


def test_one_wish_makes_one_shared_link(race, rounds, in_alices):
    for batch in rounds(20):
        for number in batch:
            assert race("/invitations/links/new", custom_id=f"crm-{number}") == {302}
    assert in_alices(lambda _: count(AssessmentLink)) == batch.stop


def test_one_file_is_sent_once(race, rounds, in_alices, bob):
    for batch in rounds(10):
        for number in batch:
            sheet = read_sheet(b"email\n" + b"".join(b"r%dp%d@example.com\n" % (number, n) for n in range(20)))
            file = in_alices(lambda id_, sheet=sheet: InvitationFile.keep(id_, bob.member_id, sheet, "").id)
            assert race(f"/invitations/files/{file}/confirmation") == {302}
    sent = batch.stop * 20
    assert in_alices(lambda _: [count(table) for table in (Profile, AssessmentInvitation, Message)]) == [
        sent,
        sent,
        3 * sent,
    ]
