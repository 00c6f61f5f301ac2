"""One scope says who acts, in which account, reading or writing: nothing is known without it, nothing of it is left behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import Context
from threading import Barrier
from typing import Any

import pytest

from blueprints.commands.request_scope import commands_in
from blueprints.worker.jobs import Sweep
from blueprints.worker.loop import perform
from models.audit.recorder import Action, AuditEntry, Outcome, record
from models.database.base import db, new_id
from models.database.engine import begin_writing, only_reading, writing
from models.database.tenancy import UnflushedChanges, enter_account, in_account
from models.errors import Invalid
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import NO_LIMITS, Actor, Call, Limits, NoScope, current_scope, only_reads, open_scope


def alone(work, *given, **named):
    """What this returns where no scope is open, as at the start of a process."""
    return Context().run(work, *given, **named)


def entries_of(account_id):
    return db.session.scalars(db.select(AuditEntry.action).where(AuditEntry.account_id == account_id)).all()


@pytest.fixture
def ours(app, aperture):
    """Our account, as the one that is meant, with a profile in it."""
    with app.app_context(), in_account(aperture.id):
        profile = Profile.create(aperture.id, "ana@example.com", "Ana")
        db.session.commit()
        yield profile
        db.session.rollback()


# Without a scope


@pytest.mark.parametrize(
    "work",
    [
        current_scope,
        begin_writing,
        lambda: enter_account(new_id()),
        lambda: only_reading().__enter__(),
        lambda: record(Action.SIGNED_IN, account_id=new_id()),
        lambda: db.session.scalars(db.select(Profile)),
        lambda: db.session.execute(db.text("SELECT 1")),
    ],
)
def test_outside_a_scope_nothing_is_guessed(app, work):
    def try_it():
        with app.app_context(), pytest.raises(NoScope, match="open_scope"):
            work()

    alone(try_it)


def test_outside_a_scope_a_transaction_writes(app):
    assert alone(only_reads) is False


# What was dropped before


@pytest.mark.parametrize(
    "given",
    [
        {"outcome": Outcome.REFUSED},
        {"reason": "no_reason"},
        {"scope": "profiles:read"},
        {"account_id": new_id()},
        {"by": Actor(user_id=new_id())},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_step_of_a_tool_call_cannot_say_what_its_one_entry_would_not(ours, given):
    call = Call("update_profile")
    with current_scope().collecting(call):
        with pytest.raises(ValueError, match="update_profile"):
            record(Action.PROFILE_CHANGED, ("profile", ours.id), **given)
        assert call.steps == []
        record(Action.PROFILE_CHANGED, ("profile", ours.id), account_id=ours.account_id, by=current_scope().actor)
    assert call.steps == [Action.PROFILE_CHANGED]


def test_what_no_entry_could_hold_is_no_keyword(ours):
    unknown: dict[str, Any] = {"colour": "red"}
    with pytest.raises(TypeError):
        record(Action.PROFILE_CHANGED, **unknown)


@pytest.mark.parametrize("there_is", ["changed", "new", "deleted"])
def test_an_account_is_not_left_with_changes_that_were_not_written(ours, black_mesa, there_is):
    account_id = ours.account_id
    if there_is == "changed":
        ours.first_name = "Anna"
    elif there_is == "new":
        db.session.add(Tag(account_id=account_id, label="New", label_key="new", color="red"))
    else:
        db.session.delete(ours)
    with pytest.raises(UnflushedChanges):
        enter_account(black_mesa.id)
    assert current_scope().account_id == account_id


def test_what_was_changed_is_written_before_another_account_is_looked_into(ours, black_mesa):
    ours.first_name, id_ = "Anna", ours.id
    with in_account(black_mesa.id):
        tag = Tag.create(black_mesa.id, "Theirs", "red")
        tag.label = "Theirs alone"
    db.session.commit()
    assert db.session.get_one(Profile, id_).first_name == "Anna"
    with in_account(black_mesa.id):
        assert [tag.label for tag in Tag.all_in(black_mesa.id)] == ["Theirs alone"]


@pytest.mark.asvs("16.5.3")
def test_what_fails_half_way_is_not_written_afterwards(ours, black_mesa):
    with suppress(Invalid), in_account(black_mesa.id):
        Tag.create(black_mesa.id, "Theirs", "red").label = "Half done"
        raise Invalid("label", "Choose another one.")
    db.session.commit()
    with in_account(black_mesa.id):
        assert [tag.label for tag in Tag.all_in(black_mesa.id)] == ["Theirs"]


# What ends where it began


def test_every_stretch_ends_with_what_was_before_it(ours, black_mesa):
    scope = current_scope()
    before = (scope.actor, scope.account_id, scope.limits, scope.reading, scope.call)
    with (
        suppress(Invalid),
        in_account(black_mesa.id),
        only_reading(),
        scope.limited_to(Limits(read_only=True)),
        scope.collecting(Call("list_tags")),
        scope.acting_as(Actor(user_id=new_id())),
    ):
        assert (scope.account_id, scope.reading, scope.limits.read_only) == (black_mesa.id, True, True)
        with writing():
            assert not scope.reading
        assert scope.reading
        raise Invalid("label", "Choose another one.")
    assert (scope.actor, scope.account_id, scope.limits, scope.reading, scope.call) == before


def test_a_scope_in_another_one_knows_nothing_of_it_and_leaves_nothing_in_it(ours):
    outer = current_scope()
    outer.authenticated_as(Actor(account_id=ours.account_id, user_id=new_id()))
    with open_scope(reading=True) as inner:
        assert (inner.actor, inner.account_id, inner.limits, inner.call) == (Actor(), None, NO_LIMITS, None)
        inner.authenticated_as(Actor(user_id=new_id()))
    assert current_scope() is outer
    assert outer.actor.account_id == ours.account_id


def test_two_threads_never_see_each_others_scope(app, aperture, black_mesa):
    line = Barrier(2)

    def work(account_id):
        seen = set()
        with app.app_context():
            with pytest.raises(NoScope):
                current_scope()
            with open_scope(Actor(user_id=account_id)), in_account(account_id):
                for _ in range(50):
                    line.wait(10)
                    scope = current_scope()
                    seen.add((scope.account_id, scope.actor.account_id, scope.actor.user_id))
        return seen

    with ThreadPoolExecutor(2) as threads:
        told = list(threads.map(work, [aperture.id, black_mesa.id]))
    assert told == [{(account_id,) * 3} for account_id in (aperture.id, black_mesa.id)]


# The entry points


def test_a_job_of_one_account_never_records_in_another(app, aperture, black_mesa):
    refused = []

    def enter_and_stop():
        enter_account(aperture.id)
        record(Action.EXPORT_MADE)
        db.session.commit()

    def forget_the_account():
        with in_account(black_mesa.id):
            record(Action.EXPORT_FAILED)
            db.session.commit()
        try:
            record(Action.EXPORT_REMOVED)
        except ValueError as error:
            refused.append(str(error))

    for job in (enter_and_stop, forget_the_account):
        alone(perform, app, Sweep("job", 1, job))
    assert len(refused) == 1
    with app.app_context():
        assert (entries_of(aperture.id), entries_of(black_mesa.id)) == (
            ["account.export_made"],
            ["account.export_failed"],
        )


def test_nothing_of_a_request_is_met_by_the_next_on_the_same_thread(app, alice, browser_of):
    cookie = f"profile={browser_of(alice).get_cookie('profile').value}"

    def known_at(path, method, headers):
        with app.test_request_context(path, method=method, headers=headers):
            app.preprocess_request()
            scope = current_scope()
            return scope.account_id, scope.actor.account_id, scope.actor.user_id, scope.actor.member_id, scope.reading

    def serve():
        hers = known_at("/profiles", "GET", {"Cookie": cookie})
        assert hers == (alice.account_id, alice.account_id, alice.user_id, alice.member_id, True)
        assert known_at("/register", "POST", {}) == (None, None, None, None, False)
        with pytest.raises(NoScope):
            current_scope()

    alone(serve)


def test_an_answer_that_is_streamed_is_read_in_a_scope_of_its_own(app, alice, browser_of):
    def serve():
        answer = browser_of(alice).get("/profiles/export")
        with pytest.raises(NoScope):
            current_scope()
        assert answer.text.startswith('\ufeff"email"')
        with pytest.raises(NoScope):
            current_scope()

    alone(serve)


def test_every_command_opens_a_scope(app, runner):
    commands = list(commands_in(app.cli))
    assert len(commands) > 15
    assert [command.name for command in commands if not hasattr(command.callback, "in_scope")] == []
    done = alone(runner.invoke, args=["reap"])
    assert (done.exit_code, done.output) == (0, "Nothing to delete.\n")
