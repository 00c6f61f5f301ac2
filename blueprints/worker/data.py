"""Exports of accounts are made here, and deletions carried out: both in small steps, so that nobody else has to wait for them."""

from __future__ import annotations

import logging
import threading
import uuid
from datetime import timedelta

from blueprints.worker.jobs import SOON, every, job, stopping
from config import current_settings
from models.database import db, empty_journal, in_account, now, only_reading, rewrite_file, writing
from models.privacy import Erasing, Erasure, Making, forget_deletion_mail
from models.privacy import erasure_job as erasures
from models.privacy import export_job as exports

log = logging.getLogger("profile.data")
file_untidy, journal_untidy = threading.Event(), threading.Event()
"""Set while the database's file, or its journal, may still hold what was deleted."""
looked_back = threading.Event()
"""Set once this process has seen whether the one before it had a deletion to tidy up after."""
LATELY = timedelta(days=1)


@every(SOON)
def make_data_exports() -> None:
    """Make every export that was asked for."""
    with only_reading():
        due = Making.due()
        db.session.rollback()
    for export_id in due:
        if not stopping.is_set():
            make(export_id)


def make(export_id: uuid.UUID) -> None:
    """One attempt at an export, if it is due and nobody else is at it."""
    with writing():
        making = Making.take(export_id)
    if making is None:
        return
    settings = current_settings()
    with job("data_export", export_id, making.account_id) as exporting, in_account(making.account_id):
        try:
            making.make(settings.public_url, stopping.is_set)
        except Exception as problem:  # noqa: BLE001 -- the job's line has it
            db.session.rollback()
            if isinstance(problem, exports.Interrupted):
                exporting.not_done(why="interrupted")
            else:
                exporting.failed(problem)
            with writing():
                making.give_back()


@every(300)
def forget_data_exports() -> None:
    """Remove what has been kept for a week, or holds somebody's data that was deleted since."""
    with only_reading():
        over = exports.kept_too_long()
        db.session.rollback()
    for account_id, export_id in over:
        if not stopping.is_set():
            with in_account(account_id):
                exports.forget(account_id, export_id)


@every(20)
def carry_out_deletions() -> None:
    """Delete accounts whose fortnight is over, and what trails still say of people who have left for good."""
    with only_reading():
        due = Erasing.due()
        if not looked_back.is_set() and Erasure.finished_since(now() - LATELY):
            file_untidy.set()
        db.session.rollback()
    looked_back.set()
    for erasure_id in due:
        if not stopping.is_set():
            carry_out(erasure_id)
    with writing():
        forgotten = forget_deletion_mail()
    if forgotten:
        file_untidy.set()
    if file_untidy.is_set():
        # Somebody is gone who may stand in them.
        forget_data_exports()
    tidy_up()


def carry_out(erasure_id: uuid.UUID) -> None:
    """Go on with one deletion until it is done, or this worker ends."""
    with writing():
        erasing = Erasing.take(erasure_id, stopping.is_set)
    if erasing is None:
        return
    with job("deletion", erasure_id, None) as deleting:
        try:
            erasing.execute()
        except erasures.Interrupted:
            db.session.rollback()
            deleting.not_done(why="interrupted")
            return
    # After restoring an older backup, this list says what must be deleted again.
    log.warning("deleted for good", extra={"kind": erasing.kind, "subject": str(erasing.subject_id)})
    file_untidy.set()


def tidy_up() -> None:
    """Leave no copy of what was deleted in SQLite's files. What cannot be done now is done after the next sweep."""
    if file_untidy.is_set():
        rewrite_file()
        file_untidy.clear()
        journal_untidy.set()
    # Somebody who reads for long, as an export does, keeps the journal.
    if journal_untidy.is_set() and empty_journal():
        journal_untidy.clear()
