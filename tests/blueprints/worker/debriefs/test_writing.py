"""The work on debriefs: done once, tried again with growing pauses, given back when a worker falls silent, given up with a reason."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import fields, replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blueprints.worker import jobs
from blueprints.worker.debriefs import write, write_debriefs, write_newest_debriefs
from config import ROOT
from models.database.base import db, now
from models.database.engine import writing
from models.database.tenancy import in_account
from models.debriefs.composer import compose
from models.debriefs.debrief import Debrief
from models.debriefs.job import DebriefAttempt, LeaseLost
from models.debriefs.request import ASKED_A_DAY, WHY, DebriefRequest
from models.errors import NotAllowed
from models.profiles.profile import Profile
from models.request_scope import open_scope
from tests.fixtures.debriefs import SCORES
from tests.model_server import fills_in, sends

MODEL = "openai-chat:local"


def seconds_to_wait(request):
    return (request.due_at - now()).total_seconds()


# This server writes


@pytest.mark.parametrize("sweep", [write_debriefs, write_newest_debriefs])
def test_without_a_model_this_server_writes_the_debrief(canary, model_server, sweep):
    canary.ask()
    in_app(canary.app, sweep)
    assert (canary.debrief.text, canary.debrief.author, canary.debrief.scores) == (compose(SCORES), "embedded", SCORES)
    assert (canary.request.state, canary.request.model) == ("written", None)


def test_asking_twice_is_asking_once(canary):
    assert canary.ask() == canary.ask()
    canary.work()
    assert len(canary.within(lambda: Debrief.versions(canary.team.id, canary.profile_id))) == 1


def test_what_is_written_is_not_written_again(canary):
    request_id = canary.ask()
    canary.work()
    with canary.app.app_context():
        write(request_id)
    canary.work()
    assert canary.debrief.version == 1


def test_somebody_without_results_gets_a_reason_and_no_debrief(canary, aperture):
    def without_results():
        return Profile.create(aperture.id, "nobody.yet@example.com").id

    new = replace(canary, profile_id=canary.within(without_results))
    new.ask()
    new.work()
    assert (new.request.state, new.request.why, new.debrief) == ("failed", WHY["no_results"], None)


def test_a_member_cannot_ask_before_there_are_results(canary, aperture, bob):
    new = replace(canary, profile_id=canary.within(lambda: Profile.create(aperture.id, "nobody.yet@example.com").id))
    with pytest.raises(NotAllowed, match="no results to write"):
        new.within(lambda: DebriefRequest.ask(new.profile, by=bob.member_id))


@pytest.mark.asvs("2.3.2")
def test_members_ask_so_often_a_day_and_what_comes_by_itself_does_not_count(canary, bob):
    def ask_by_hand():
        return DebriefRequest.ask(canary.profile, by=bob.member_id)

    for _ in range(3):
        canary.ask()
        canary.work()
    canary.within(lambda: db.session.add_all(settled_requests(canary, bob, ASKED_A_DAY - 1)))
    canary.within(ask_by_hand)
    canary.work()
    with pytest.raises(NotAllowed, match="Try again tomorrow"):
        canary.within(ask_by_hand)
    assert canary.audit_log[-2:] == [("debrief.asked", {}), ("debrief.written", {})]
    canary.ask()


def settled_requests(story, person, number):
    facts = {"account_id": story.team.id, "profile_id": story.profile_id, "asked_by": person.member_id}
    return [DebriefRequest(**facts, asked_at=now(), due_at=now(), state="written") for _ in range(number)]


# A model that does not do it


@pytest.mark.parametrize(
    ("answer", "why", "wait"),
    [
        (sends("429 Too Many Requests", b"{}", "Retry-After: 400"), "busy", 400),
        (sends("429 Too Many Requests", b"{}", "Retry-After: 999999"), "busy", 3_600),
        (sends("429 Too Many Requests", b"{}", "Retry-After: soon"), "busy", 60),
        (sends("503 Service Unavailable", b"{}", "Retry-After: 1"), "busy", 60),
        (sends("500 Internal Server Error", b"out of luck"), "faulty", 60),
        (lambda wire: wire.close(), "unreachable", 60),
        (lambda wire: wire.sendall(b"220 mail.example ESMTP\r\n"), "unreachable", 60),
    ],
    ids=["429", "429 for weeks", "429 nonsense", "503", "500", "hung up", "other protocol"],
)
def test_a_model_that_fails_has_a_pause(by_model, model_server, answer, why, wait):
    model_server.answers = [answer]
    by_model.ask()
    by_model.work()
    request = by_model.request
    assert (request.state, request.failure) == ("waiting", why)
    assert wait - 10 < seconds_to_wait(request) <= wait
    assert len(model_server.heard) == 1


def test_after_the_pause_and_not_before_the_model_is_asked_again(by_model, model_server):
    model_server.answers = [sends("503 Service Unavailable", b"{}", "Retry-After: 1")]
    by_model.ask()
    by_model.work()
    by_model.work()
    assert len(model_server.heard) == 1
    by_model.let_time_pass()
    by_model.work()
    assert (by_model.request.state, by_model.request.attempts, by_model.debrief.author) == ("written", 2, "model")


@pytest.fixture
def impatient(app, settings, monkeypatch):
    """A model has one second for an answer."""
    monkeypatch.setitem(app.config, "PROFILE", replace(settings, debrief_timeout=timedelta(seconds=1)))


@pytest.mark.parametrize("ill", ["drips", "hangs"])
def test_a_model_that_never_comes_to_an_end_is_left_after_its_time(impatient, by_model, model_server, ill):
    model_server.answers = [getattr(model_server, ill)]
    by_model.ask()
    by_model.work()
    assert (by_model.request.state, by_model.request.failure) == ("waiting", "slow")


def test_an_answer_without_end_does_not_fill_the_memory(impatient, by_model, model_server):
    model_server.answers = [model_server.floods]
    by_model.ask()
    by_model.work()
    assert by_model.request.state == "waiting"
    assert by_model.request.failure in {"unreachable", "unusable", "slow"}


@pytest.mark.asvs("16.5.2")
def test_after_three_attempts_it_is_given_up_and_this_server_stands_in_and_says_so(by_model, model_server):
    model_server.answers = [sends("500 Internal Server Error", b"{}") for _ in range(3)]
    by_model.ask()
    waits = []
    for _ in range(3):
        by_model.work()
        waits.append(round(seconds_to_wait(by_model.request), -1))
        by_model.let_time_pass()
    assert waits[:2] == [60, 300]
    request, written = by_model.request, by_model.debrief
    assert (request.state, request.why, request.attempts) == ("failed", WHY["faulty"], 3)
    assert (written.text, written.author, written.model) == (compose(SCORES), "embedded", None)
    assert written.written_by == f"Composed by Profile from the scores, in place of {MODEL}"
    assert by_model.audit_log[-1] == ("debrief.failed", {"model": MODEL})
    by_model.work()
    assert len(model_server.heard) == 3


@pytest.mark.parametrize("status", ["400 Bad Request", "401 Unauthorized", "403 Forbidden", "404 Not Found"])
def test_what_would_be_answered_the_same_again_is_given_up_at_once(by_model, model_server, status):
    model_server.answers = [sends(status, b"{}")]
    by_model.ask()
    by_model.work()
    assert (by_model.request.state, by_model.request.failure) == ("failed", "refused")
    assert by_model.debrief.stands_in_for == MODEL


def test_a_better_debrief_of_the_same_scores_is_not_buried_under_a_stand_in(by_model, model_server):
    by_model.ask()
    by_model.work()
    model_server.answers = [sends("401 Unauthorized", b"{}")]
    by_model.ask()
    by_model.work()
    assert by_model.request.state == "failed"
    assert (by_model.debrief.author, by_model.debrief.version) == ("model", 1)


def test_after_a_failure_one_can_ask_again(by_model, model_server):
    model_server.answers = [sends("401 Unauthorized", b"{}")]
    by_model.ask()
    by_model.work()
    by_model.ask()
    by_model.work()
    assert (by_model.debrief.author, by_model.debrief.version) == ("model", 2)


def test_whoever_asks_now_does_not_wait_for_a_model_that_takes_its_time_over_others(by_model, model_server):
    model_server.answers = [model_server.hangs]
    by_model.ask()
    others = threading.Thread(target=by_model.work)
    others.start()
    assert model_server.begun.wait(30)
    now_asked = replace(
        by_model, profile_id=by_model.within(lambda: Profile.create(by_model.team.id, "d@example.com").id)
    )
    now_asked.take(**SCORES)
    now_asked.ask()
    in_app(by_model.app, write_newest_debriefs)
    assert others.is_alive()
    assert now_asked.debrief.author == "model"
    model_server.ended.set()
    others.join()


# Workers that compete, and workers that die


def in_app(app, work, *given):
    with app.app_context(), open_scope():
        work(*given)


@pytest.mark.both_databases
def test_of_many_workers_at_one_debrief_one_writes_it(by_model, model_server):
    request_id = by_model.ask()
    line = threading.Barrier(4)

    def compete():
        line.wait(10)
        in_app(by_model.app, write, request_id)

    workers = [threading.Thread(target=compete) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(model_server.heard) == 1
    assert (by_model.request.state, by_model.request.attempts, by_model.debrief.version) == ("written", 1, 1)


@pytest.mark.slow
def test_a_worker_that_is_killed_while_the_model_writes_gives_the_debrief_back(by_model, model_server, settings):
    model_server.answers = [model_server.hangs]
    by_model.ask()
    killed = worker_process(settings)
    assert model_server.begun.wait(60)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert (by_model.request.state, by_model.debrief) == ("writing", None)
    by_model.work()
    assert by_model.request.state == "writing"
    by_model.let_time_pass()
    by_model.work()
    assert (by_model.request.state, by_model.request.attempts, by_model.debrief.author) == ("written", 2, "model")


def test_a_worker_that_is_to_end_waits_for_no_model_and_gives_the_debrief_back(by_model, model_server):
    model_server.answers = [model_server.drips]
    by_model.ask()
    ending = threading.Thread(target=by_model.work)
    ending.start()
    assert model_server.begun.wait(30)
    jobs.stopping.set()
    ending.join(10)
    assert not ending.is_alive()
    assert (by_model.request.state, by_model.request.failure) == ("waiting", None)
    jobs.stopping.clear()
    by_model.work()
    assert (by_model.request.attempts, by_model.debrief.author) == (2, "model")


def worker_process(settings):
    """`flask debriefs write`, as a process of its own over the same database."""
    given = {each.name.upper(): getattr(settings, each.name) for each in fields(settings)}
    chosen = ("SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "DEBRIEF_MODEL", "DEBRIEF_BASE_URL")
    environment = os.environ | {name: str(given[name]) for name in chosen}
    command = [sys.executable, "-m", "flask", "--app", "app", "debriefs", "write"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_a_debrief_that_kills_every_worker_is_given_up(by_model, model_server):
    request_id = by_model.ask()
    for attempt in (1, 2, 3):
        with by_model.app.app_context(), writing():
            assert DebriefAttempt.take(request_id, now() - now()).attempt == attempt
    by_model.work()
    assert (by_model.request.state, by_model.request.why) == ("failed", WHY["interrupted"])
    assert by_model.debrief.author == "embedded"
    assert model_server.heard == []


def test_what_comes_after_the_claim_has_ended_and_another_has_begun_is_dropped(canary):
    request_id = canary.ask()
    with canary.app.app_context():
        with writing():
            slow = DebriefAttempt.take(request_id, now() - now())
        canary.work()
        with in_account(canary.team.id):
            for late in (
                lambda: slow.keep("# Late", SCORES),
                lambda: slow.fail("slow"),
                lambda: slow.fail("slow", for_good=True),
            ):
                with pytest.raises(LeaseLost), writing():
                    late()
    assert (canary.debrief.version, canary.request.state) == (1, "written")
    assert canary.audit_log == [("debrief.written", {})]


def test_a_claim_that_holds_is_nobody_elses(canary, settings):
    request_id = canary.ask()
    with canary.app.app_context(), writing():
        assert DebriefAttempt.take(request_id, settings.debrief_timeout)
        assert DebriefAttempt.take(request_id, settings.debrief_timeout) is None
    canary.work()
    assert canary.request.state == "writing"


# At the command line


def test_the_command_line_writes_for_those_who_have_none(canary, runner, aperture, model_server):
    done = runner.invoke(args=["debriefs", "write", "--account", "Aperture Science"])
    assert done.output == "Aperture Science: 1 of 1 written\n"
    assert canary.debrief.author == "embedded"
    assert runner.invoke(args=["debriefs", "write"]).output == "Aperture Science: 0 of 0 written\n"
    assert "No account has the name" in runner.invoke(args=["debriefs", "write", "--account", "Nobody"]).output


def test_the_command_line_tries_the_model_on_scores_that_nobody_has(runner, model_server):
    done = runner.invoke(args=["debriefs", "try"])
    assert "# Calm and careful" in done.output
    model_server.answers = [sends("401 Unauthorized", b"{}")]
    refused = runner.invoke(args=["debriefs", "try"])
    assert refused.exit_code == 1
    assert str(WHY["refused"]) in refused.output
    model_server.answers = [fills_in(at_work="Nice.")]
    assert "not the form: at_work too_short" in runner.invoke(args=["debriefs", "try"]).output


def test_no_request_is_left_behind_by_these_verbs(canary):
    canary.ask()
    canary.within(lambda: canary.profile.delete())
    canary.within(lambda: db.session.execute(update(DebriefRequest).values(due_at=now())))
    assert canary.within(lambda: list(db.session.scalars(select(DebriefRequest.id)))) == []
    canary.work()


@pytest.mark.slow
def test_the_server_and_its_worker_start_without_the_library_that_asks_models(tmp_path):
    program = (
        "import sys, app; from tests.application import settings_for;"
        f"app.create_app(settings_for('sqlite:///{tmp_path}/profile.db'));"
        "from blueprints.worker import jobs; jobs.load();"
        "print({'pydantic_ai', 'openai', 'anthropic'} & set(sys.modules))"
    )
    shown = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == "set()\n"
