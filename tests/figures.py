"""What a test of faults found out, as figures: how often, how many writes were acknowledged, what was answered, how long a recovery took.

A test only records them; `bin/faults` makes a table of them.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from models.audit.seal import seal_log, stored_log
from models.audit.verify_audit import verify
from models.database.base import db, now
from models.database.tenancy import in_account

if TYPE_CHECKING:
    from tests.races.crashing import Crew

Figures = Callable[..., None]


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Figures:
    """Records figures of this test: `figures(recovery=0.3, statuses={200: 12})`."""

    def add(**found: Any) -> None:
        # A worker of a parallel run sends them, and knows no other kind of dict.
        found = {name: dict(value) if isinstance(value, dict) else value for name, value in found.items()}
        request.node.user_properties.extend(found.items())

    return add


@pytest.fixture
def check(app, settings, alice, figures) -> Iterator[Callable[[Crew], Counter[str]]]:
    """Compares the database with all that a crew was answered, seals the audit log, and verifies it at the end."""

    def one(crew: Crew) -> Counter[str]:
        if settings.database_url.startswith("sqlite"):
            with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"))) as file:
                assert file.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                assert file.execute("PRAGMA foreign_key_check").fetchall() == []
        found = crew.check(alice.account_id)
        figures(statuses=crew.statuses, lost=0, **found)
        with app.app_context(), in_account(alice.account_id):
            seal_log(alice.account_id, now())
            db.session.commit()
        with app.app_context():
            # A connection that stays open would keep what a restart has to recover.
            db.engine.dispose()
        return found

    yield one
    with app.app_context(), in_account(alice.account_id):
        found = verify(stored_log(alice.account_id))
        assert found.intact, found.sentence
        db.session.rollback()
    figures(integrity="clean")
