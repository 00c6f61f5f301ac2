"""Deleting rows of accounts whose time is over."""

from __future__ import annotations

from blueprints.worker import jobs
from blueprints.worker.jobs import every
from models.approvals import Approval
from models.assessments import accounts
from models.audit import BeforeImage


@every(300)
def forget_approvals() -> None:
    """Go through all accounts, every five minutes: the arguments of a call can be data of people."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        Approval.forget_expired(account_id)


@every(3_600)
def forget_before_images() -> None:
    """Go through all accounts, every hour: what can be taken back for thirty days is data of people."""
    for account_id in accounts():
        if jobs.stopping.is_set():
            return
        BeforeImage.forget_over(account_id)
