"""Tripwires: what an app does that its member should learn of, and what happens to the call that does it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from blueprints.worker.alarms import watch_countries, watch_refusals
from models.accounts.account import Account
from models.alarms import Alarm
from models.audit.recorder import AuditEntry
from models.connections import lifecycle
from models.connections.authorization import Authorization
from models.connections.connection import Connection
from models.connections.tripwires import Tripwire
from models.connections.usage import ConnectionUse
from models.database.base import db, now
from models.database.tenancy import in_account
from models.demo.decoy import decoy_of, make_decoy
from models.mail.message import Kind, Message
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import open_scope

pytestmark = pytest.mark.both_databases
PEOPLE = 240


@pytest.fixture
def within(app, alice):
    """Works in Alice's account and commits."""

    def do(work):
        with app.app_context(), in_account(alice.account_id):
            done = work()
            db.session.commit()
            return done

    return do


@pytest.fixture
def alarms(app):
    """Every alarm so far: the tripwire, and what happened."""

    def read():
        with app.app_context():
            return [
                (str(each.tripwire), str(each.response))
                for each in db.session.scalars(select(Alarm).order_by(Alarm.id))
            ]

    return read


@pytest.fixture
def new(claude, within):
    """Claude has neither changed nor deleted anything yet."""
    within(lambda: db.session.execute(update(ConnectionUse).values(changed=False, deleted=False)))
    return claude


@pytest.fixture
def crowd(within, alice):
    """So many people that reading about all of them in a day is unusual for a new app."""
    people: list[Any] = [({"email": f"person{n}@example.org", "first_name": f"Person{n}"}, {}) for n in range(PEOPLE)]
    return within(lambda: Profile.add_quietly(alice.account_id, people))


@pytest.fixture
def decoy(within, alice):
    return within(
        lambda: str(make_decoy(db.session.get_one(Account, alice.account_id), "Kim", "Ferrer", "kim@example.com").id)
    )


def count(model, *which):
    return db.session.scalar(select(func.count()).select_from(model).where(*which))


def test_the_first_change_is_told_once_in_the_life_of_a_connection(new, alarms, within, alice):
    new.result("create_tag", label="One", color="red")
    new.result("create_tag", label="Two", color="red")

    assert alarms() == [("first_change", "tell")]
    assert within(lambda: count(Message, Message.kind == Kind.APP_ALARM)) == 1
    entries = select(AuditEntry.member_id, AuditEntry.values).where(AuditEntry.action == "connection.alarm")
    [entry] = within(lambda: db.session.execute(entries).all())
    assert tuple(entry) == (alice.member_id, {"tripwire": "first_change", "response": "tell"})


def test_a_change_that_finds_nothing_to_do_does_not_hide_the_first_one(new, ours, alarms):
    new.result("create_alias", resource_id=ours.profile, consumer_key=ours.consumer_key)
    assert alarms() == []
    new.result("create_tag", label="One", color="red")
    assert alarms() == [("first_change", "tell")]


def test_ask_stops_the_first_change_itself_and_every_later_one(new, limit, alarms, within):
    limit(tripwires={"first_change": "ask"})

    assert "A person must allow this call" in new.refusal("create_tag", label="One", color="red")
    assert "A person must allow this call" in new.refusal("create_tag", label="Two", color="red")
    assert within(lambda: count(Tag)) == 0
    assert within(lambda: db.session.get_one(Connection, new.connection_id).ask_first) == ["change"]
    assert alarms() == [("first_change", "ask")]


def test_pause_stops_the_call_that_touches_the_tripwire(new, ours, limit, alarms, within, audit_log):
    limit(tripwires={"first_deletion": "pause"})

    assert "paused" in new.refusal("delete_tag", tag_id=ours.tag)
    assert within(lambda: count(Tag)) == 1
    # The first change told, and the deletion paused.
    assert alarms() == [("first_change", "tell"), ("first_deletion", "pause")]
    assert [(each.outcome, each.reason) for each in audit_log()] == [("refused", "paused")]


def test_an_app_that_changed_things_before_there_were_alarms_has_no_first_time(claude, ours, within, alarms):
    claude.result("delete_tag", tag_id=ours.tag)
    within(lambda: db.session.execute(update(ConnectionUse).values(changed=False, deleted=False)))

    claude.result("delete_profile", profile_id=ours.profile)
    assert alarms() == []


def test_a_new_app_that_reads_about_everybody_is_stopped_at_the_page_that_is_too_much(
    claude, crowd, limit, alarms, within
):
    limit(tripwires={"many_people": "pause"})
    first = claude.result("list_profiles", limit=100)

    assert "paused" in claude.refusal("list_profiles", limit=100, cursor=first["next_cursor"])
    assert alarms() == [("many_people", "pause")]
    assert within(lambda: db.session.scalars(select(Alarm.facts)).all()) == [{"people": 200, "usual": None}]


def test_the_same_people_again_and_again_are_no_more_people(claude, crowd, alarms, within):
    for _again in range(8):
        claude.result("list_profiles", limit=50)

    assert alarms() == []
    counts = within(
        lambda: db.session.execute(select(ConnectionUse.people_of_day, ConnectionUse.people_check_at)).one()
    )
    # Looked up when it might have been too many, and then less and less often.
    assert tuple(counts) == (400, 425)


def test_an_app_that_is_used_again_after_a_month(claude, limit, alarms, within):
    claude.result("list_tags")
    long_ago = now() - timedelta(days=31)
    within(lambda: db.session.execute(update(ConnectionUse).values(last_used_at=long_ago)))
    claude.result("list_tags")
    assert alarms() == []  # it was connected again since

    within(lambda: db.session.execute(update(Authorization).values(created_at=now() - timedelta(days=90))))
    within(lambda: db.session.execute(update(ConnectionUse).values(last_used_at=long_ago)))
    limit(tripwires={"quiet": "pause"})
    assert "paused" in claude.refusal("list_tags")
    assert alarms() == [("quiet", "pause")]


def test_a_burst_of_refusals_is_one_alarm(app, connect, alice, alarms, limit):
    curious = connect(alice, ["tags:manage"], name="Curious")
    for _attempt in range(19):
        curious.call("list_profiles")
    sweep(app, watch_refusals)
    assert alarms() == []

    curious.call("list_profiles")
    for _again in range(3):
        sweep(app, watch_refusals)
    assert alarms() == [("refusals", "tell")]


def sweep(app, work):
    with app.app_context(), open_scope():
        work()


def test_two_workers_that_notice_the_same_raise_one_alarm(app, claude, alarms, within):
    def work(_number):
        with app.app_context(), open_scope():
            Alarm.sound(claude.connection_id, Tripwire.REFUSALS, calls=20)
            db.session.commit()

    for _round in range(5):
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(work, range(4)))
    assert alarms() == [("refusals", "tell")]
    assert within(lambda: count(Message, Message.kind == Kind.APP_ALARM)) == 1


def test_a_stricter_choice_applies_to_what_was_only_told(app, claude, alarms, limit):
    for wanted in ("tell", "pause", "tell"):
        limit(tripwires={"refusals": wanted})
        with app.app_context(), open_scope():
            Alarm.sound(claude.connection_id, Tripwire.REFUSALS, calls=20)
            db.session.commit()
    assert alarms() == [("refusals", "tell"), ("refusals", "pause")]


def test_nothing_happens_where_nothing_was_chosen(new, change, alarms):
    change(lambda connection: lifecycle.limit(connection, tripwires={"first_change": "off"}))
    new.result("create_tag", label="One", color="red")
    assert alarms() == []


def test_an_app_meets_the_decoy_in_lists_and_cannot_open_it_unnoticed(claude, decoy, ours, limit, alarms):
    limit(tripwires={"decoy": "pause"})
    listed = claude.result("list_profiles")
    assert decoy in {each["id"] for each in listed["profiles"]}
    assert listed["total"] == claude.result("get_account")["counts"]["profiles"]
    assert alarms() == []

    assert "paused" in claude.refusal("get_profile", profile_id=decoy)
    assert alarms() == [("decoy", "pause")]


@pytest.mark.parametrize(
    ("tool", "more"),
    [("get_profile", {}), ("get_debrief", {}), ("update_profile", {"first_name": "Kimberly"}), ("delete_profile", {})],
)
def test_whatever_an_app_does_with_the_decoy_is_an_alarm(claude, decoy, alarms, tool, more):
    claude.result(tool, profile_id=decoy, **more)
    assert alarms() == [("decoy", "tell")]


def test_the_decoy_looks_like_anybody_else(claude, decoy, within, alice):
    def add():
        other = Profile.create(alice.account_id, "else@example.com", "Somebody", "Else")
        return str(other.id)

    found = claude.result("get_profile", profile_id=decoy)
    assert found.keys() == claude.result("get_profile", profile_id=within(add)).keys()
    assert found["status"] == "completed"
    assert all(found[assessment] for assessment in ("disc", "focus", "core"))
    assert claude.result("get_debrief", profile_id=decoy)


def test_members_and_reports_have_no_decoy(claude, decoy, ours, browser_of, alice, within):
    owner = browser_of(alice)
    for page in ("/profiles", "/dashboard", "/profiles?search=kim", "/reporting"):
        assert "Ferrer" not in owner.get(page).get_data(as_text=True), page
    assert owner.get(f"/profiles/{decoy}").status_code == 404
    # Doug and Grace.
    assert claude.result("get_group_report")["people"] == 2
    assert within(lambda: decoy_of(db.session.get_one(Account, alice.account_id)).email) == "kim@example.com"


def test_a_new_country_by_the_table_of_this_server(app, settings, claude, within, alarms, tmp_path):
    table = tmp_path / "countries"
    table.write_text(
        "ripencc|DE|ipv4|192.0.2.0|256|20100101|allocated\n198.51.100.0/24,FR\nripencc|FR|ipv6|2001:db8::|32|x|y\n"
    )
    app.config["PROFILE"] = replace(settings, country_table=str(table))
    claude.at("192.0.2.10").result("list_tags")
    sweep(app, watch_countries)
    assert alarms() == []

    claude.at("198.51.100.1").result("list_tags")
    claude.at("2001:db8::1").result("list_tags")
    for _again in range(2):
        sweep(app, watch_countries)
    assert alarms() == [("country", "tell")]
    assert within(lambda: db.session.scalars(select(Alarm.facts)).all()) == [{"country": "FR"}]
