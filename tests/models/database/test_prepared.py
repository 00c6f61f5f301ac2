"""Prepared statements answer as SQLAlchemy does, inside a call that holds a connection and outside one."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from sqlalchemy import bindparam, func, inspect, select
from sqlalchemy.exc import IntegrityError, OperationalError

from models.database import Prepared, PreparedFind, db, in_account, on_one_connection, table_of
from models.database.call_connection import call_connection
from models.profiles.tag import Tag
from models.rate_limits.buckets import FILL, Throttle

tags = table_of(Tag).c
OF_ACCOUNT = tags.account_id == bindparam("account")
FIND = PreparedFind(Tag, OF_ACCOUNT, tags.id == bindparam("tag"))
BOTH_WAYS = pytest.mark.parametrize("held", [nullcontext, on_one_connection], ids=["session", "one connection"])
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
        found = FIND.one({"account": account_id, "tag": tag})
        assert inspect(found).persistent
        assert not db.session.is_modified(found)
        found.color = "red"
        # It is found again as it was changed, and as the same object.
        assert FIND.one({"account": account_id, "tag": tag}) is found
        assert found.color == "red"
        db.session.commit()
    assert db.session.scalar(select(Tag.color).where(Tag.id == tag)) == "red"


def test_objects_of_another_account_are_not_found(black_mesa, account_id, tag):
    with in_account(black_mesa.id):
        assert FIND.one({"account": account_id, "tag": tag}) is None


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
