"""Reading others' entries of the audit log leaves an entry, also where a clock was wrong."""

from __future__ import annotations

import time
from types import SimpleNamespace

from blueprints.web import audit_reading
from models.audit.actions import Action
from models.audit.recorder import AuditEntry
from models.database.base import db

AUDIT = "/settings/audit"


def readings(app):
    with app.app_context():
        read = db.select(db.func.count()).where(AuditEntry.action == Action.AUDIT_READ)
        return db.session.scalar(read)


def test_a_clock_that_was_ahead_hides_no_later_reading(app, browser_of, alice, monkeypatch):
    ahead = SimpleNamespace(time=lambda: time.time() + 365 * 86_400)
    browser = browser_of(alice)
    with monkeypatch.context() as wrong:
        wrong.setattr(audit_reading, "time", ahead)
        browser.get(AUDIT)
    assert readings(app) == 1
    for _ in range(2):
        browser.get(AUDIT)
    assert readings(app) == 2
