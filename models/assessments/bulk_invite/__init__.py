"""Inviting many by a file: it is read, what will happen to each person is shown, and when that is confirmed it all happens at once."""

from models.assessments.bulk_invite.csv_reader import MOST_BYTES, MOST_PEOPLE, read_sheet
from models.assessments.bulk_invite.upload import InvitationFile

__all__ = [
    "MOST_BYTES",
    "MOST_PEOPLE",
    "InvitationFile",
    "read_sheet",
]
