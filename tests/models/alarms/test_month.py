"""A month of three kinds of honest apps, and five attacks: how often somebody is alarmed for nothing, and how soon for a reason.

`pytest tests/models/alarms/test_month.py -s --everything` prints the numbers that docs/decisions/0059-tripwires-and-the-decoy.md has.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from blueprints.mcp import tripwires
from models.alarms import Alarm, alarm, people, refusal_bursts, refusals
from models.alarms.people import Usual
from models.audit.entry import AuditEntry
from models.connections.tripwires import Tripwire
from models.connections.usage import ConnectionUse
from models.database.base import db, new_id
from models.request_scope import Call, open_scope
from tests.for_each import for_each

CROWD = 400
MONTH, MONTHS = 30, 3
BEGIN = datetime(2026, 6, 1, 9, tzinfo=UTC)
"""A Monday."""


@for_each(
    "days, usual, most",
    [
        ([], None, 100),
        ([400], None, 1200),
        ([3] * 4, None, 36),
        ([3] * 20, 3, 20),
        ([10, 12, 9, 15, 11, 10], 10, 32),
        # A report each Monday.
        ([2, 3, 2, 2, 150, 2, 3, 2, 2, 140], 2, 225),
    ],
)
def test_what_is_usual(days, usual, most):
    assert Usual.of(days) == Usual(usual, most)


@dataclass
class App:
    """A connected app in simulated time: what it does runs through the checks of real calls, and is in the audit log."""

    world: World
    connection_id: uuid.UUID
    calls: int = 0
    alarms: list[tuple[Tripwire, datetime, int]] = field(default_factory=list)
    """Each with its time, and the number of the call that raised it."""

    def call(self, tool, seen=(), *steps, refused=None):
        """One call, with the people in its answer."""
        self.calls += 1
        made = Call(tool, resources=[("profile", id_) for id_ in seen], steps=list(steps))
        passed: set[Tripwire] = set()
        while True:
            try:
                tripwires.check_before(self.bearer(), passed)
                if not refused:
                    tripwires.check_after(self.bearer(), made, passed)
                break
            except tripwires.Tripped as tripped:
                again = Call(tool, resources=list(made.resources), steps=list(made.steps))
                tripwires.sound(self.bearer(), made, tripped.tripwire)
                made, passed = again, {*passed, tripped.tripwire}
        self.write(made, refused)
        self.note()

    def note(self):
        """Notice the alarms that were raised."""
        known = len(self.alarms)
        found = db.session.scalars(
            select(Alarm).where(Alarm.connection_id == self.connection_id).order_by(Alarm.id)
        ).all()
        self.alarms += [(each.tripwire, each.at, self.calls) for each in found[known:]]

    @property
    def use(self):
        return db.session.get_one(ConnectionUse, self.connection_id)

    def bearer(self):
        use, decoy = self.use, self.world.crowd[-1]
        return SimpleNamespace(
            connection_id=self.connection_id,
            account_id=self.world.account_id,
            consented_at=BEGIN - timedelta(days=1),
            decoy_id=decoy,
            **{name: getattr(use, name) for name in COLUMNS},
        )

    def write(self, made, refused):
        moment, day = self.world.moment, self.world.moment.date().isoformat()
        entry = dict.fromkeys(column.name for column in AuditEntry.__table__.columns)
        entry |= {
            "id": new_id(moment),
            "account_id": self.world.account_id,
            "connection_id": self.connection_id,
            "at": moment,
            "action": "tool.called",
            "outcome": "refused" if refused else "allowed",
            "reason": refused,
            "tool": made.tool,
            "resources": [[kind, str(id_)] for kind, id_ in made.resources],
            "resource_count": len(made.resources),
            "fields": [],
            "values": {},
            "steps": made.steps,
            "personal_digest": "",
            "entry_hash": "",
        }
        db.session.execute(insert(AuditEntry), [entry])
        before = self.use.people_of_day if self.use.day == day else 0
        counted = {"day": day, "last_used_at": moment, "people_of_day": before + (0 if refused else made.people)}
        db.session.execute(
            update(ConnectionUse).where(ConnectionUse.connection_id == self.connection_id).values(**counted)
        )
        db.session.commit()


COLUMNS = ("last_used_at", "day", "people_of_day", "people_checked_day", "people_check_at", "changed", "deleted")


class World:
    """An account with a crowd of people, one of them the decoy, and a clock that the simulation sets."""

    def __init__(self, account_id, chance):
        self.account_id, self.chance, self.moment = account_id, chance, BEGIN
        self.crowd = [new_id() for _ in range(CROWD)]
        self.people = self.crowd[:-1]

    def pass_seconds(self, seconds):
        self.moment += timedelta(seconds=seconds)


def chat(app, day):
    """An assistant that its member asks things on working days, and on some of them a lot."""
    world, chance = app.world, app.world.chance
    if day % 7 > 4:
        return
    for _question in range(chance.randrange(3, 12) * (3 if chance.random() < 0.1 else 1)):
        world.pass_seconds(chance.randrange(20, 600))
        if chance.random() < 0.03:
            app.call("update_profile", refused="scope")
        elif chance.random() < 0.3:
            app.call("list_profiles", chance.sample(world.crowd, 10))
        else:
            app.call("get_profile", chance.sample(world.people, 1))


def reports(app, day):
    """An app that compares whole teams each Monday, writes tags, and looks at a few people in between."""
    world, chance = app.world, app.world.chance
    for _call in range(chance.randrange(1, 4)):
        app.call("get_profile", chance.sample(world.people, 1))
    if day % 7 == 0:
        for _team in range(4):
            world.pass_seconds(30)
            app.call("get_group_report", chance.sample(world.people, chance.randrange(20, 60)))
        app.call("tag_profiles", chance.sample(world.people, 5), "tag.put_on_profiles")


def sync(app, day):
    """A program that lists everybody each night, decoy included, and opens who has changed."""
    world, chance = app.world, app.world.chance
    for start in range(0, CROWD, 100):
        world.pass_seconds(2)
        app.call("list_profiles", world.crowd[start : start + 100])
    for one in chance.sample(world.people, chance.randrange(5, 25)):
        app.call("get_profile", [one])


HONEST = {"assistant": chat, "reports": reports, "nightly sync": sync}


@pytest.fixture
def clock(monkeypatch):
    """Lets the modules of alarms see the time of a world."""

    def follow(world):
        for module in (tripwires, alarm, people, refusals):
            monkeypatch.setattr(module, "now", lambda: world.moment)

    return follow


@pytest.fixture
def world(app, alice, clock):
    def make(seed):
        world = World(alice.account_id, Random(seed))
        clock(world)
        return world

    with app.app_context(), open_scope():
        yield make


@pytest.fixture
def connected(connect, alice, world):
    """One more app of Alice that has done nothing yet."""

    def make(world, name):
        # It is connected in a session of its own, for which nothing may be locked here.
        db.session.commit()
        found = connect(alice, name=name, unused=True)
        db.session.execute(
            update(ConnectionUse)
            .where(ConnectionUse.connection_id == found.connection_id)
            .values(changed=False, deleted=False)
        )
        db.session.commit()
        return App(world, found.connection_id)

    return make


def live(app, work, days=MONTH):
    """Days of honest work."""
    for day in range(days):
        app.world.moment = BEGIN + timedelta(days=day)
        work(app, day)


def attack(app, after_days=MONTH):
    """The moment of an attack; what alarmed before does not count."""
    app.world.moment = BEGIN + timedelta(days=after_days, hours=3)
    app.calls = 0
    app.alarms = [(None, None, 0)] * len(app.alarms)
    return app.world.people


def caught(app):
    return next(((str(tripwire), number) for tripwire, _at, number in app.alarms if tripwire), None)


def scrape_lists(app):
    everybody = attack(app)
    for start in range(0, CROWD, 100):
        app.world.pass_seconds(0.1)
        app.call("list_profiles", everybody[start : start + 100])


def scrape_one_by_one(app):
    attack(app)
    for one in app.world.chance.sample(app.world.crowd, CROWD):
        app.world.pass_seconds(0.5)
        app.call("get_profile", [one])


def destroy(app):
    for one in attack(app):
        app.call("delete_profile", [one], "profile.deleted")


def probe(app):
    attack(app)
    for number in range(200):
        app.world.pass_seconds(0.5)
        app.call("delete_profile", refused="scope")
        # The worker looks every five seconds.
        if number % 10 == 9:
            for connection_id, calls in refusal_bursts():
                Alarm.sound(connection_id, Tripwire.REFUSALS, calls=calls)
            db.session.commit()
            app.note()


def wake_up(app):
    attack(app, MONTH + 45)
    app.call("list_tags")


ATTACKS = {
    "reads all lists": scrape_lists,
    "opens everybody, one by one": scrape_one_by_one,
    "deletes": destroy,
    "tries what it may not do": probe,
    "uses an old token": wake_up,
}


@pytest.mark.everything
def test_honest_apps_alarm_rarely_and_attacks_at_once(world, connected):
    false: dict[str, list[Any]] = {name: [] for name in HONEST}
    first_calls: dict[str, list[Any]] = {name: [] for name in ATTACKS}
    for seed in range(MONTHS):
        for name, work in HONEST.items():
            here = world(seed)
            app = connected(here, f"{name} {seed}")
            live(app, work)
            false[name] += [(str(tripwire), (at - BEGIN).days) for tripwire, at, _number in app.alarms]
        for name, harm in ATTACKS.items():
            here = world(seed)
            app = connected(here, f"{name} {seed}")
            live(app, chat, 14)
            harm(app)
            first_calls[name].append(caught(app))
    for name, found in false.items():
        sys.stdout.write(f"\n{name}: {len(found) / (MONTHS * MONTH / 7):.2f} false alarms a week: {found}")
    for name, found in first_calls.items():
        sys.stdout.write(f"\n{name}: noticed at {found}")
    # What happens once in the life of an app is expected; nothing else alarms.
    assert all(tripwire in {"first_change", "many_people"} for found in false.values() for tripwire, _day in found)
    assert all(len(found) <= 2 * MONTHS for found in false.values())
    assert all(all(found) for found in first_calls.values())
    most = {name: max(number for _tripwire, number in found) for name, found in first_calls.items()}
    assert most["reads all lists"] <= 2
    assert most["opens everybody, one by one"] <= 200
    assert most["deletes"] == most["uses an old token"] == 1
    assert most["tries what it may not do"] <= 30
