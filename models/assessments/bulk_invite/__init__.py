"""Inviting many people with a file: it is read, a preview shows what will happen to each person, and confirming does it all."""

from models.assessments.bulk_invite.csv_reader import MOST_BYTES, MOST_PEOPLE, read_sheet
from models.assessments.bulk_invite.upload import InvitationFile

__all__ = [
    "MOST_BYTES",
    "MOST_PEOPLE",
    "InvitationFile",
    "read_sheet",
]
