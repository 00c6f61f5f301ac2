"""Profiles by the thousand: all rows of each person, built whole and written in batches."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from typing import Any

from sqlalchemy import func, insert, select

from models.accounts import Account
from models.audit import Action, record
from models.database import Base, db, in_account, new_id, now
from models.debriefs import Debrief, compose
from models.demo.accounts import Team
from models.demo.people_generator import Person, invented_people
from models.demo.scores import Temperament
from models.demo.tags import tags_for
from models.profiles import Alias, Profile, ProfileTag, Result, Tag
from models.text import email_key

BATCH = 1_000
SPREAD = timedelta(days=548)
INSTRUMENTS = {"disc": "disc-1", "focus": "focus-1", "core": "core-1"}
FIRST_KEY = 10_300


@dataclass
class Cast:
    """What the people of one account are built from."""

    account_id: uuid.UUID
    team: Team
    tags: dict[str, uuid.UUID]
    taken_keys: set[str]
    moment: datetime = field(default_factory=now)

    @classmethod
    def of(cls, account: Account, team: Team) -> Cast:
        """The current data of this account: a tag or a key that somebody else used is left alone."""
        keys = select(Alias.consumer_key).where(Alias.account_id == account.id)
        tags = {tag.label: tag.id for tag in Tag.all_in(account.id)}
        return cls(account.id, team, tags, set(db.session.scalars(keys)))

    def chance(self, person: Person) -> Random:
        """This person's random numbers: the same at every run."""
        return Random(f"{self.team.name} {person.number} life")  # noqa: S311 (invented data, not a secret)


def count_profiles(account: Account) -> int:
    """The number of profiles in an account."""
    with in_account(account.id):
        return db.session.scalar(select(func.count()).where(Profile.account_id == account.id)) or 0


def top_up(account: Account, team: Team, wanted: int, progress: Callable[[int], None]) -> None:
    """Add invented people until the account has the wanted number of profiles, with one entry in its audit log."""
    missing = wanted - count_profiles(account)
    if missing <= 0:
        return
    with in_account(account.id):
        cast = Cast.of(account, team)
        added: list[uuid.UUID] = []
        newcomers = islice(strangers_to(cast), missing)
        while batch := list(islice(newcomers, BATCH)):
            added += write_batch(cast, batch)
            progress(len(batch))
        record(Action.PROFILES_IMPORTED, *(("profile", id_) for id_ in added))


def strangers_to(cast: Cast) -> Iterator[Person]:
    """The invented people who are not in the account yet."""
    present = set(db.session.scalars(select(Profile.email_key).where(Profile.account_id == cast.account_id)))
    return (
        person
        for person in invented_people(cast.team.name, cast.team.between)
        if email_key(person.email) not in present
    )


def write_batch(cast: Cast, people: list[Person]) -> list[uuid.UUID]:
    """Write these people with all of their data; returns the ids of their profiles."""
    rows: dict[type[Base], list[dict[str, Any]]] = {Profile: [], ProfileTag: [], Alias: [], Result: [], Debrief: []}
    for person in people:
        for model, row in rows_of(cast, person):
            rows[model].append(row)
    connection = db.session.connection()
    for model, several in rows.items():
        if several:
            connection.execute(insert(model), several)
    return [row["id"] for row in rows[Profile]]


def rows_of(cast: Cast, person: Person) -> Iterator[tuple[type[Base], dict[str, Any]]]:
    """Everything about one person, as rows for each table."""
    chance = cast.chance(person)
    created = cast.moment - SPREAD * (1 - chance.random() ** 0.8)
    completed = created + (cast.moment - created) * min(1.0, chance.expovariate(12))
    results = results_of(chance)
    profile = profile_row(cast, person, created, completed if results else None, results)
    yield Profile, profile
    whose = {"account_id": cast.account_id, "profile_id": profile["id"]}
    for tag_id in tags_for(chance, cast.tags):
        yield ProfileTag, {**whose, "tag_id": tag_id}
    custom_id = f"{cast.team.alias_prefix}-{FIRST_KEY + person.number}"
    if chance.random() < 1 / 3 and custom_id not in cast.taken_keys:
        yield Alias, alias_row(profile, custom_id)
    for assessment, scores in results.items():
        yield (
            Result,
            {
                **whose,
                "id": new_id(completed),
                "assessment": assessment,
                "instrument": INSTRUMENTS[assessment],
                "scores": scores,
                "created_at": completed,
            },
        )
    if len(results) == len(INSTRUMENTS):
        yield (
            Debrief,
            {
                **whose,
                "id": new_id(completed),
                "text": compose(results),
                "author": "embedded",
                "model": None,
                "scores": results,
                "version": 1,
                "created_at": completed,
            },
        )


def results_of(chance: Random) -> dict[str, dict[str, Any]]:
    """All three results for most people, one or two for some, none yet for the rest."""
    results = Temperament.of(chance).results()
    luck = chance.random()
    if luck < 0.8:
        return results
    if luck > 0.88:
        return {}
    return dict(chance.sample(list(results.items()), chance.choice((1, 2))))


def profile_row(
    cast: Cast, person: Person, created: datetime, completed: datetime | None, results: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    # The model itself builds the values for lists and searches, so that they cannot differ from a profile added by
    # hand.
    profile = Profile(
        id=new_id(created),
        account_id=cast.account_id,
        email=person.email,
        email_key=email_key(person.email),
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        comment="",
        status="completed" if results else "pending",
        disc_style=results["disc"]["style"] if "disc" in results else None,
        completed_at=completed,
        created_at=created,
        updated_at=completed or created,
    )
    profile.refresh_search()
    return {column.key: getattr(profile, column.key) for column in Profile.__table__.columns}


def alias_row(profile: dict[str, Any], custom_id: str) -> dict[str, Any]:
    return {
        "id": new_id(profile["created_at"]),
        "account_id": profile["account_id"],
        "resource_type": "profile",
        "resource_id": profile["id"],
        "consumer_key": custom_id,
        "created_at": profile["created_at"],
    }
