"""Finding people with their newest results: by id, or a group by tags."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.database import db, table_of
from models.profiles import Profile, Result, Team, profile_page, tags_of_profiles, visible
from models.reports.person import Person
from models.text import key

# The number of people in a report. More would hardly change a median, but slow it down for everybody.
MOST = 1_000

profiles, results = table_of(Profile).c, table_of(Result).c


def people(account_id: uuid.UUID, profile_ids: Collection[uuid.UUID]) -> list[Person]:
    """These people of this account with their newest results, in the order of the ids; those that the reader cannot see are left out."""
    wanted = select(profiles.id, profiles.first_name, profiles.last_name, profiles.email).where(
        profiles.account_id == account_id, profiles.id.in_(profile_ids), *visible(profiles.id, profiles.account_id)
    )
    rows = {row.id: row for row in db.session.connection().execute(wanted)}
    return with_results(account_id, [rows[id_] for id_ in dict.fromkeys(profile_ids) if id_ in rows], keep=True)


def with_results(account_id: uuid.UUID, rows: Iterable[Any], *, keep: bool) -> list[Person]:
    """People as rows with id, first_name, last_name and email; one query gets the results of all of them."""
    found = {row.id: Person(row.id, row.first_name, row.last_name, row.email) for row in rows}
    newest_last = select(results.profile_id, results.assessment, results.scores).where(
        results.account_id == account_id, results.profile_id.in_(found)
    )
    # In the order of ids, each result replaces an older one of the same assessment. Retakes are few, and both databases
    # agree.
    for profile_id, assessment, scores in db.session.connection().execute(newest_last.order_by(results.id)):
        found[profile_id].take(assessment, scores, keep=keep)
    mark_twins(found.values())
    return list(found.values())


def mark_twins(found: Collection[Person]) -> None:
    for person in found:
        person.twin = False
    known = Counter(key(person.name) for person in found)
    for person in found:
        person.twin = known[key(person.name)] > 1


@dataclass(frozen=True)
class Members:
    """The members of a group. The people in it are those with results, at most a thousand: the last to finish."""

    people: list[Person]
    total: int
    """The number of profiles in the group, with or without results; counted up to 10,000."""
    total_is_exact: bool
    complete: bool
    """Whether `people` contains everybody with results."""


def members_of(
    account_id: uuid.UUID, tag_ids: Collection[uuid.UUID] = (), any_tag: bool = False, most: int = MOST
) -> Members:
    """The people with all of these tags, or with any; without tags, everybody in the account."""
    everybody = profile_page(account_id, tag_ids=tag_ids, any_tag=any_tag, limit=1)
    finished = profile_page(account_id, tag_ids=tag_ids, any_tag=any_tag, sort="completed", limit=most, counting=False)
    found = with_results(account_id, finished.rows, keep=False)
    return Members(found, everybody.total, everybody.total_is_exact, complete=finished.next_cursor is None)


def members_of_team(team: Team, most: int = MOST) -> Members:
    """The people with the tags of a team, and those who were picked for it."""
    tag_ids, picked = {tag.id for tag in team.tags}, team.picked
    if not tag_ids:
        return Members(with_results(team.account_id, finished_among(picked), keep=False), len(picked), True, True)
    tagged = members_of(team.account_id, tag_ids, team.any_tag, most)
    marks = tags_of_profiles(team.account_id, [profile.id for profile in picked])
    given = {profile_id: {mark.id for mark in carried} for profile_id, carried in marks.items()}
    besides = [profile for profile in picked if not has(given.get(profile.id, set()), tag_ids, team.any_tag)]
    found = [*with_results(team.account_id, finished_among(besides), keep=False), *tagged.people]
    complete = tagged.complete and len(found) <= most
    mark_twins(found[:most])
    return Members(found[:most], tagged.total + len(besides), tagged.total_is_exact, complete)


def finished_among(picked: Iterable[Profile]) -> list[Profile]:
    return [profile for profile in picked if profile.completed_at]


def has(given: set[uuid.UUID], tag_ids: set[uuid.UUID], any_tag: bool) -> bool:
    """Whether somebody with these tags has all of `tag_ids`, or any."""
    return bool(given & tag_ids) if any_tag else tag_ids <= given
