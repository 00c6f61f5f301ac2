"""Walls between accounts, one behind another: each holds alone."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from models.accounts.account import Account
from models.database.base import db, new_id, now
from models.database.tenancy import WrongAccount, enter_account, in_account
from models.errors import NotFound
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.tag import Tag
from models.request_scope import Actor, current_scope, open_scope


@pytest.fixture
def ours_and_theirs(app):
    """Two accounts with a profile and a tag each; ours is the one that is meant."""
    with app.app_context():
        found = []
        for name in ("Ours", "Theirs"):
            account = Account.create(name)
            current_scope().authenticated_as(Actor(account_id=account.id))
            with in_account(account.id):
                profile = Profile.create(account.id, f"{name.lower()}@example.com", name)
                tag = Tag.create(account.id, "Team", "red")
            found.append((account.id, profile.id, tag.id))
        db.session.commit()
        enter_account(found[0][0])
        yield found
        current_scope().authenticated_as(Actor())


def test_a_row_of_another_account_is_not_found(ours_and_theirs):
    (ours, _, _), (theirs, profile, tag) = ours_and_theirs
    for account in (ours, theirs):
        with pytest.raises(NotFound):
            Profile.find(account, profile)
        with pytest.raises(NotFound):
            Tag.find(account, tag)


@pytest.mark.asvs("8.4.1")
def test_a_query_that_forgets_the_account_sees_this_one_alone(ours_and_theirs):
    (ours, _, _), _ = ours_and_theirs
    assert {profile.account_id for profile in db.session.scalars(db.select(Profile))} == {ours}
    assert db.session.scalar(db.select(db.func.count()).select_from(Profile)) == 1


def test_getting_by_primary_key_sees_this_account_alone(ours_and_theirs):
    (_, mine, _), (_, profile, _) = ours_and_theirs
    assert db.session.get(Profile, mine) is not None
    assert db.session.get(Profile, profile) is None


def test_without_an_account_nothing_is_found(ours_and_theirs):
    enter_account(None)
    assert db.session.scalars(db.select(Profile)).all() == []


def test_what_was_loaded_for_one_account_is_not_met_in_the_next(ours_and_theirs):
    (_, mine, _), (theirs, _, _) = ours_and_theirs
    assert db.session.get(Profile, mine)
    with in_account(theirs):
        assert db.session.get(Profile, mine) is None


def test_writing_into_another_account_is_refused_before_it_reaches_the_database(ours_and_theirs):
    _, (theirs, _, _) = ours_and_theirs
    db.session.add(Tag(account_id=theirs, label="Mine", label_key="mine", color="red", created_at=now()))
    with pytest.raises(WrongAccount):
        db.session.flush()
    db.session.rollback()


def test_moving_a_row_to_another_account_is_refused(ours_and_theirs):
    (_, mine, _), (theirs, _, _) = ours_and_theirs
    Profile.find(ours_and_theirs[0][0], mine).account_id = theirs
    with pytest.raises(WrongAccount):
        db.session.flush()
    db.session.rollback()


@pytest.mark.asvs("8.4.1")
def test_the_schema_refuses_a_tie_across_accounts(ours_and_theirs):
    (ours, _, tag), (_, profile, _) = ours_and_theirs
    db.session.add(ProfileTag(account_id=ours, tag_id=tag, profile_id=profile))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_raw_sql_sees_what_row_level_security_lets_it_see(ours_and_theirs, database):
    counted = db.session.execute(text("SELECT count(*) FROM profile")).scalar()
    assert counted == (1 if database == "postgres" else 2)


@pytest.mark.asvs("8.4.1")
def test_row_level_security_refuses_a_row_for_another_account(ours_and_theirs, database):
    _, (theirs, _, _) = ours_and_theirs
    insert = text(
        "INSERT INTO tag (id, account_id, label, label_key, color, created_at) VALUES (:id, :account, 'x', 'x', 'red', :now)"
    )
    row = {"id": new_id(), "account": theirs, "now": now()}
    if database == "sqlite":
        row = {"id": row["id"].hex, "account": theirs.hex, "now": row["now"].isoformat(sep=" ")}
        db.session.execute(insert, row)
    else:
        with pytest.raises(DBAPIError, match="row-level security"):
            db.session.execute(insert, row)
    db.session.rollback()


def test_the_account_is_said_again_at_the_begin_of_every_transaction(ours_and_theirs, database):
    for _ in range(3):
        db.session.commit()
        assert db.session.execute(text("SELECT count(*) FROM tag")).scalar() == (1 if database == "postgres" else 2)


def test_a_pooled_connection_keeps_nothing_of_the_account(app, ours_and_theirs, database):
    db.session.commit()
    db.session.remove()
    with open_scope():
        if database == "postgres":
            assert db.session.execute(text("SELECT count(*) FROM profile")).scalar() == 0
        else:
            assert db.session.scalars(db.select(Profile)).all() == []


@pytest.mark.parametrize("table", ["profile", "tag", "profile_tag", "profile_word", "alias", "result", "debrief"])
def test_every_table_of_an_account_has_its_policy(app, database, table):
    with app.app_context():
        if database == "postgres":
            forced = db.session.execute(
                text("SELECT relforcerowsecurity FROM pg_class WHERE relname = :table"), {"table": table}
            )
            assert forced.scalar() is True
        else:
            assert db.session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0


def test_an_unknown_account_holds_nothing(ours_and_theirs):
    enter_account(uuid.uuid4())
    assert db.session.scalars(db.select(Tag)).all() == []
