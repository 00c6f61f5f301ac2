"""Prepared statements answer as SQLAlchemy does, inside a call that holds a connection and outside one."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from sqlalchemy import bindparam, delete, func, inspect, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from models.database import (
    Prepared,
    PreparedRows,
    core_connection,
    db,
    in_account,
    new_id,
    now,
    on_one_connection,
    rollback,
    table_of,
)
from models.database.call_connection import call_connection
from models.database.tenancy import WrongAccount
from models.profiles.tag import Tag
from models.rate_limits.buckets import FILL, Throttle

tags = table_of(Tag).c
OF_ACCOUNT = tags.account_id == bindparam("account")
ROWS = PreparedRows(Tag)
BOTH_WAYS = pytest.mark.parametrize("held", [nullcontext, on_one_connection], ids=["session", "one connection"])
LIST_ALL = Prepared(select(*tags).where(OF_ACCOUNT), one_plan=False)
LIST = Prepared(select(*tags).where(OF_ACCOUNT).order_by(tags.label))


@pytest.fixture
def tag(account_id):
    tag = Tag.create(account_id, "Team", "blue")
    db.session.commit()
    tag_id = tag.id
    db.session.expunge_all()
    return tag_id


@BOTH_WAYS
def test_rows_are_those_of_sqlalchemy(account_id, tag, held):
    with held():
        usual = db.session.connection().execute(select(*tags).where(OF_ACCOUNT), {"account": account_id}).all()
        assert [tuple(row) for row in LIST.rows({"account": account_id})] == usual


@BOTH_WAYS
def test_an_object_that_was_found_is_one_of_the_session(account_id, tag, held):
    with held():
        found = ROWS.find(tag)
        assert inspect(found).persistent
        assert not db.session.is_modified(found)
        found.color = "red"
        # It is found again as it was changed, and as the same object.
        assert ROWS.find(tag) is found
        assert found.color == "red"
        db.session.commit()
    assert db.session.scalar(select(Tag.color).where(Tag.id == tag)) == "red"


def test_objects_of_another_account_are_not_found(black_mesa, account_id, tag):
    with in_account(black_mesa.id):
        assert ROWS.find(tag) is None


@BOTH_WAYS
def test_what_is_added_and_changed_is_in_the_session_and_in_the_database(account_id, held):
    label = {"label": "Crew", "label_key": "crew", "sort_label": "crew"}
    new = {"id": new_id(), "account_id": account_id, "color": "blue", "created_at": now(), **label}
    with held():
        added = ROWS.add(**new)
        assert added is not None
        assert ROWS.add(**{**new, "id": new_id()}) is None
        ROWS.change(added, {"color": "red"})
        assert not db.session.is_modified(added)
        assert ROWS.find(added.id) is added
        db.session.commit()
        assert (added.label, added.color) == ("Crew", "red")
    assert db.session.execute(select(Tag.label, Tag.color)).all() == [("Crew", "red")]


def test_nothing_is_added_to_another_account_and_nothing_changed_that_was_deleted(black_mesa, account_id, tag):
    known = ROWS.find(tag)
    assert known is not None
    db.session.execute(delete(Tag))
    with pytest.raises(StaleDataError):
        ROWS.change(known, {"color": "red"})
    with in_account(black_mesa.id), pytest.raises(WrongAccount):
        ROWS.add(id=new_id(), account_id=account_id)


@pytest.mark.only("postgres")
def test_a_statement_with_one_plan_stays_prepared_after_a_rollback(account_id, tag):
    kept = text("SELECT statement FROM pg_prepared_statements")
    with on_one_connection():
        ROWS.find(tag)
        rollback()
        LIST_ALL.rows({"account": account_id})
        ends = {statement.partition("FROM tag \nWHERE ")[2] for statement in core_connection().scalars(kept)}
    assert "tag.account_id = $1::UUID AND tag.id = $2::UUID" in ends
    assert "tag.account_id = $1::UUID" not in ends


@BOTH_WAYS
def test_an_error_of_the_database_is_raised_as_usual_and_names_no_value(app, held):
    add = Prepared(table_of(Throttle).insert(), ["key", "empty_at"])
    with app.app_context(), held():
        add.run({"key": "what somebody typed", "empty_at": 0})
        with pytest.raises(IntegrityError) as raised:
            add.run({"key": "what somebody typed", "empty_at": 0})
    assert "what somebody typed" not in str(raised.value).replace(str(raised.value.orig), "")


@pytest.mark.only("postgres")
def test_a_connection_that_was_lost_is_an_error_of_the_database(account_id, tag):
    with on_one_connection():
        LIST.rows({"account": account_id})
        held = call_connection()
        with db.engine.connect() as other:
            other.execute(select(func.pg_terminate_backend(held.driver.info.backend_pid)))
        with pytest.raises(OperationalError):
            held.enter_account()


def test_what_is_not_committed_at_the_end_is_undone(app, account_id):
    count = FILL[db.engine.dialect.name]
    with on_one_connection():
        assert count.run({"bucket": "one", "moment": 0, "step": 1, "latest": 1, "first": 1}) == 1
    assert db.session.scalar(select(Throttle.key)) is None


def test_a_statement_whose_sql_depends_on_its_values_is_refused(account_id):
    several = Prepared(select(tags.id).where(tags.id.in_(bindparam("ids", expanding=True))))
    with pytest.raises(ValueError, match="depends on its values"):
        several.rows({"ids": []})
