"""Sharing results that their person has had time to see, and forgetting those and answers that nobody comes back to."""

from __future__ import annotations

import logging

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from models.assessments import accounts, forget_sittings, share_due

log = logging.getLogger("profile.sittings")


@every(3_600)
def share_results() -> None:
    """Share what people have had time to see first."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        if number := share_due(account_id):
            log.info("results were shared", extra={"account": str(account_id), "sittings": number})


@every(6 * 3_600)
def forget_abandoned_sittings() -> None:
    """Go through all accounts, four times a day."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        if number := forget_sittings(account_id):
            log.info("sittings were forgotten", extra={"account": str(account_id), "sittings": number})
