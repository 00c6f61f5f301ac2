"""One way to handle a form: shown, saved, or shown again with what is wrong and nothing kept."""

from __future__ import annotations

import pytest
from flask import g, get_flashed_messages
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from wtforms import StringField
from wtforms.validators import InputRequired

from blueprints.forms.base import Form
from blueprints.forms.edit_conflict import hold_still
from blueprints.forms.handling import Saved, handle_form
from models.accounts.account import Account
from models.database.base import db
from models.errors import Invalid, NotAllowed, NotFound


class NameForm(Form):
    name = StringField("Name", [InputRequired("Enter a name.")])


@pytest.fixture
def handle(app):
    """Handles a form that makes an account; returns the answer, the form, and how many accounts are kept."""

    def go(method="POST", problem=None, done=None, **entered):
        with app.test_request_context(method=method, data=entered):
            g.csrf_valid = True
            form = NameForm()

            def save():
                account = Account.create(form.name.data or "")
                if problem:
                    raise problem
                return done or Saved(f"{account.name} is ready.", "/next")

            answer = handle_form(form, lambda: "the form", save)
            said = get_flashed_messages()
            db.session.rollback()
            return answer, form, said, Account.any_exists()

    return go


def test_it_is_shown(handle):
    answer, _, said, kept = handle("GET")
    assert (answer, said, kept) == ("the form", [], False)


def test_what_was_sent_is_saved_and_said(handle):
    answer, _, said, kept = handle(name="Aperture")
    assert (answer.status_code, answer.location, said, kept) == (302, "/next", ["Aperture is ready."], True)


def test_another_answer_than_going_on_is_given_as_it_is(handle):
    answer, _, said, kept = handle(name="Aperture", done="a secret, shown once")
    assert (answer, said, kept) == ("a secret, shown once", [], True)


@pytest.mark.asvs("2.2.2")
def test_what_a_field_refuses_is_not_saved(handle):
    answer, form, said, kept = handle(name="")
    assert (answer, said, kept) == (("the form", 400), [], False)
    assert form.name.errors


@pytest.mark.asvs("2.2.2")
@pytest.mark.parametrize(
    ("problem", "field"),
    [(Invalid("name", "Taken."), "name"), (Invalid("other", "No."), ""), (NotAllowed("No."), "")],
)
def test_what_a_rule_refuses_is_undone_and_shown_where_it_belongs(handle, problem, field):
    answer, form, said, kept = handle(name="Aperture", problem=problem)
    assert (answer, said, kept) == (("the form", 400), [], False)
    assert form.errors == {field: [problem.message]}


@pytest.fixture
def edited(app):
    """An account, as somebody has it in hand while another person renames it."""

    def go(method):
        with app.test_request_context(method=method):
            account = Account.create("Aperture")
            db.session.commit()
            assert account.name == "Aperture"
            renamed = update(Account).values(name="Black Mesa")
            db.session.execute(renamed.execution_options(synchronize_session=False))
            return hold_still(account).name

    return go


@pytest.mark.both_databases
def test_what_is_edited_is_compared_with_what_is_stored_at_the_save(edited):
    assert edited("POST") == "Black Mesa"


def test_a_form_that_is_only_shown_locks_nothing(edited):
    assert edited("GET") == "Aperture"


@pytest.mark.both_databases
@pytest.mark.only("postgres")
def test_what_is_edited_stays_as_it_is_until_the_save_is_through(app):
    with app.test_request_context(method="POST"):
        account = Account.create("Aperture")
        db.session.commit()
        hold_still(account)
        with db.engine.connect() as other, pytest.raises(OperationalError):
            other.execute(select(Account.id).with_for_update(nowait=True, key_share=True))


def test_what_was_deleted_meanwhile_is_not_found(app):
    with app.test_request_context(method="POST"):
        account = Account.create("Aperture")
        db.session.commit()
        assert account.name == "Aperture"
        db.session.execute(delete(Account).execution_options(synchronize_session=False))
        with pytest.raises(NotFound):
            hold_still(account)
