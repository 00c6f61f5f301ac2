"""Forgetting calls of apps that waited for a person, when their time is over."""

from __future__ import annotations

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from models.approvals import Approval
from models.assessments import accounts


@every(300)
def forget_approvals() -> None:
    """Go through all accounts, every five minutes: the arguments of a call can be data of people."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        Approval.forget_expired(account_id)
