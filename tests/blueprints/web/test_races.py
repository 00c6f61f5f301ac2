"""Two who are at the same thing at the same moment: one of them is asked to try again, and nobody meets an error of the server."""

from __future__ import annotations

import pytest
from flask import flash, get_flashed_messages
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from app import create_app
from blueprints.auth.access_control import public
from blueprints.oauth.api_endpoint import answer_failure
from models.accounts.user import User
from models.database.base import db, now
from models.request_scope import open_scope


def twice_the_same():
    for _ in range(2):
        db.session.add(
            User(email="a@example.com", email_key="a@example.com", name="A", password_hash="", created_at=now())
        )
    db.session.commit()


def changed_what_is_gone():
    person = User(email="a@example.com", email_key="a@example.com", name="A", password_hash="", created_at=now())
    db.session.add(person)
    db.session.flush()
    db.session.execute(delete(User).where(User.id == person.id), execution_options={"synchronize_session": False})
    person.name = "B"
    db.session.commit()


@pytest.mark.both_databases
@pytest.mark.parametrize("race", [twice_the_same, changed_what_is_gone])
def test_whoever_comes_second_is_asked_to_try_again(settings, race):
    def view():
        flash("It was saved.", "good")
        race()

    app = create_app(settings)
    app.testing = True
    app.add_url_rule("/race", view_func=public(view), endpoint="race")
    app.add_url_rule("/told", view_func=public(lambda: "".join(map(str, get_flashed_messages()))), endpoint="told")
    browser = app.test_client()

    answer = browser.get("/race")

    assert answer.status_code == 409
    assert "try again" in answer.text
    assert "It was saved." not in answer.text + browser.get("/told").text
    with app.app_context(), open_scope():
        assert User.by_email("a@example.com") is None
    # After the session has given its connection back.
    with app.app_context():
        db.engine.dispose()


def test_a_program_is_told_so_in_its_own_form(app):
    with app.test_request_context():
        answer = answer_failure(IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed: client.id")))
        assert answer.status_code == 409
        assert answer.get_json()["error"] == "temporarily_unavailable"
