"""Files of people that nobody confirmed are forgotten, in every account."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from blueprints.worker.invitation_files import forget_invitation_files
from models.assessments.bulk_invite.csv_reader import read_sheet
from models.assessments.bulk_invite.upload import InvitationFile
from models.database.base import db
from models.database.tenancy import in_account

SHEET = read_sheet(b"email\nana@example.com\n")


@pytest.fixture
def keep(app):
    """Keeps a file of somebody's, so many minutes ago."""

    def keep_file(person, minutes):
        with app.app_context(), in_account(person.account_id):
            file = InvitationFile.keep(person.account_id, person.member_id, SHEET, "")
            file.expires_at -= timedelta(minutes=minutes)
            db.session.commit()

    return keep_file


def test_what_is_older_than_an_hour_is_gone_everywhere(app, keep, alice, bob, eve):
    for person, minutes in ((alice, 61), (bob, 59), (eve, 61)):
        keep(person, minutes)
    with app.app_context():
        forget_invitation_files()
    kept: list[uuid.UUID] = []
    for person in (alice, eve):
        with app.app_context(), in_account(person.account_id):
            kept += db.session.scalars(select(InvitationFile.member_id))
    assert kept == [bob.member_id]
