"""Finding people with their newest results, on both databases: by id, and as a group."""

from __future__ import annotations

import uuid
from random import Random

import pytest
from sqlalchemy import event, insert

from models.database.base import db, new_id, now
from models.database.tenancy import in_account
from models.demo.scores import Temperament
from models.instruments import core_result, disc_result
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.profiles.tag import Tag
from models.reports.people import MOST, members_of, people

VALUES = core_result(["fun", "order", "peace", "wealth", "wisdom"])


@pytest.fixture
def in_aperture(app, aperture):
    with app.app_context(), in_account(aperture.id):
        yield aperture.id
        db.session.rollback()


def disc(d):
    return disc_result({"d": d, "i": 40, "s": 40, "c": 40})


def somebody(account_id, name, *dominance):
    """A profile with DISC results, one after the other."""
    profile = Profile.create(account_id, f"{name}@example.com", name)
    for score in dominance:
        Result.keep(profile, "disc", disc(score), "disc-1")
    db.session.flush()
    return profile


def test_the_newest_result_of_each_assessment_counts(in_aperture):
    ana = somebody(in_aperture, "Ana", 20, 80, 60)
    Result.keep(ana, "core", VALUES, "core-1")
    db.session.flush()
    [found] = people(in_aperture, [ana.id])
    assert found.results == {"disc": disc(60), "core": VALUES}
    assert (found.style, found.scores["d"], found.values[0], found.took_focus) == ("D", 60, "fun", False)
    assert found.name == "Ana"


def test_people_come_in_the_order_of_their_ids_and_strangers_not_at_all(app, in_aperture, black_mesa):
    ben, ana = somebody(in_aperture, "Ben", 40), somebody(in_aperture, "Ana")
    with in_account(black_mesa.id):
        gordon = somebody(black_mesa.id, "Gordon", 50)
    found = people(in_aperture, [ana.id, gordon.id, ben.id, uuid.uuid4(), ana.id])
    assert [person.first_name for person in found] == ["Ana", "Ben"]
    assert not found[0].answered
    assert people(in_aperture, []) == []


def test_results_come_by_one_query_however_many_people_there_are(in_aperture):
    ids = [somebody(in_aperture, f"p{number}", 30, 60).id for number in range(12)]
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert len(people(in_aperture, ids)) == 12
    assert [statement for statement in asked if "FROM result" in statement] == asked[1:]
    assert len(asked) == 2


def test_a_group_is_everybody_with_the_tags_and_looks_at_those_with_results(in_aperture):
    ana, ben, cyd = (somebody(in_aperture, name, 50) for name in ("Ana", "Ben", "Cyd"))
    dan = somebody(in_aperture, "Dan")
    sales, remote = (Tag.create(in_aperture, label, "red") for label in ("Sales", "Remote"))
    sales.put_on([ana.id, ben.id, dan.id])
    remote.put_on([ben.id, cyd.id])

    def names(**wanted):
        members = members_of(in_aperture, **wanted)
        return sorted(person.first_name for person in members.people), members.total, len(members.people)

    both = [sales.id, remote.id]
    assert names() == (["Ana", "Ben", "Cyd"], 4, 3)
    assert names(tag_ids=[sales.id]) == (["Ana", "Ben"], 3, 2)
    assert names(tag_ids=both) == (["Ben"], 1, 1)
    assert names(tag_ids=both, any_tag=True) == (["Ana", "Ben", "Cyd"], 4, 3)
    assert names(tag_ids=[sales.id], any_tag=True) == (["Ana", "Ben"], 3, 2)
    assert members_of(in_aperture).complete


@pytest.mark.slow
def test_of_a_large_group_those_are_looked_at_who_finished_last(in_aperture):
    results = Temperament.of(Random(1)).results()
    crowd = [({"email": f"p{number}@example.com"}, {"disc": results["disc"]}) for number in range(MOST + 20)]
    ids = Profile.add_quietly(in_aperture, crowd)
    rows = [
        {
            "account_id": in_aperture,
            "profile_id": id_,
            "assessment": "disc",
            "instrument": "disc-1",
            "scores": results["disc"],
        }
        for id_ in ids
    ]
    db.session.connection().execute(insert(Result), [row | {"id": new_id(), "created_at": now()} for row in rows])
    late = somebody(in_aperture, "Late", 50)
    members = members_of(in_aperture)
    assert len(members.people) == MOST
    assert late.id in {person.id for person in members.people}
    assert members.total == MOST + 21
    assert not members.complete
