"""`flask audit`: sealing, checking and purging by hand."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from models.audit.recorder import Action, AuditEntry, record
from models.database.base import db
from models.database.tenancy import in_account


@pytest.fixture
def flask(app):
    """A command, as an operator types it."""
    return lambda *words: app.test_cli_runner().invoke(args=["audit", *words])


@pytest.fixture
def something(app, aperture):
    with app.app_context(), in_account(aperture.id):
        record(Action.AUDIT_READ)
        db.session.commit()


def test_a_new_audit_log_has_nothing_to_seal_yet_and_is_consistent(flask, something):
    assert "Aperture Science: nothing to seal yet" in flask("seal").output

    done = flask("verify")
    assert done.exit_code == 0
    assert "Aperture Science: Consistent in itself" in done.output


def test_what_is_wrong_is_named_and_the_exit_status_says_so(flask, app, something):
    with app.app_context():
        on_sqlite = db.engine.dialect.name == "sqlite"
        drop = "DROP TRIGGER audit_entry_no_update" + ("" if on_sqlite else " ON audit_entry")
        db.session.execute(text(drop))
        db.session.execute(text("UPDATE audit_entry SET outcome = 'refused'"))
        changed = db.session.execute(text("SELECT id FROM audit_entry")).scalar()
        db.session.commit()

    done = flask("verify", "--account", "Aperture Science")

    assert done.exit_code == 1
    assert "was changed" in done.output
    assert str(changed).replace("-", "") in done.output.replace("-", "")


def test_what_was_erased_is_listed_for_who_asks(flask, app, something):
    with app.app_context():
        db.session.execute(text("DELETE FROM audit_personal"))
        erased = db.session.scalars(select(AuditEntry.id)).one()
        db.session.commit()

    done = flask("verify", "--list")

    assert done.exit_code == 0
    assert f"without its personal part: {erased}" in done.output


def test_a_seal_belongs_to_one_account(flask, something):
    assert "Name it with" in flask("verify", "--seal", "00").output
    assert "128 hexadecimal digits" in flask("verify", "--account", "Aperture Science", "--seal", "00").output


def test_an_empty_seal_is_not_taken_for_none(flask, something):
    """As from a variable of the shell that is not set."""
    done = flask("verify", "--account", "Aperture Science", "--seal", "")

    assert (done.exit_code, "The seal is empty" in done.output) == (2, True)
    assert "Name it with" in flask("verify", "--seal", "").output
    assert "No account" in flask("verify", "--account", "Nobody's").output


def test_nothing_young_is_purged(flask, something):
    assert "Aperture Science: 0 removed, older than 400 days" in flask("purge").output
