"""Forgetting files of people that nobody confirmed."""

from __future__ import annotations

import logging

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from models.assessments import accounts
from models.assessments.bulk_invite import InvitationFile

log = logging.getLogger("profile.invitations")


@every(900)
def forget_invitation_files() -> None:
    """Go through all accounts, four times an hour."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        if number := InvitationFile.forget_expired(account_id):
            log.info("files of people were forgotten", extra={"account": str(account_id), "files": number})
