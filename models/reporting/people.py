"""Finding people with their newest results: some of them by id, or a group by tags."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from models.base import db, table_of
from models.instruments import ASSESSMENTS
from models.listing import profile_page
from models.profile import Profile
from models.reporting.person import Person
from models.result import Result
from models.visibility import visible

# What a report of a group looks at. More would hardly move a median, and everybody would wait for it.
MOST = 1_000

profiles, results = table_of(Profile).c, table_of(Result).c


def people(account_id: uuid.UUID, profile_ids: Collection[uuid.UUID]) -> list[Person]:
    """These people of this account with their newest results, in the order of the ids; who does not exist for the reader is left out."""
    # In the order of ids, each result replaces an older one of the same assessment. Retakes are few, and no database sorts anything.
    wanted = (
        select(profiles.id, profiles.first_name, profiles.last_name, profiles.email, results.assessment, results.scores)
        .join(
            table_of(Result),
            (results.account_id == profiles.account_id) & (results.profile_id == profiles.id),
            isouter=True,
        )
        .where(
            profiles.account_id == account_id, profiles.id.in_(profile_ids), *visible(profiles.id, profiles.account_id)
        )
        .order_by(results.id)
    )
    found: dict[uuid.UUID, Person] = {}
    taken: dict[uuid.UUID, dict[str, Any]] = {}
    for id_, first_name, last_name, email, assessment, scores in db.session.connection().execute(wanted):
        if id_ not in found:
            taken[id_] = dict.fromkeys(ASSESSMENTS)
            found[id_] = Person(id_, first_name, last_name, email, taken[id_])
        if assessment:
            taken[id_][assessment] = scores
    return [found[id_] for id_ in dict.fromkeys(profile_ids) if id_ in found]


@dataclass(frozen=True)
class Members:
    """Who belongs to a group. The people in it are those who have results, at most a thousand, who finished last."""

    people: list[Person]
    total: int
    """How many profiles belong to the group, with results or without; counted up to 10,000."""
    total_is_exact: bool
    completed: int
    """How many of them have results; counted up to 10,000."""
    completed_is_exact: bool

    @property
    def complete(self) -> bool:
        """Whether everybody with results is looked at."""
        return self.completed_is_exact and self.completed <= MOST


def members_of(account_id: uuid.UUID, tag_ids: Collection[uuid.UUID] = (), any_tag: bool = False) -> Members:
    """Who carries all of these tags, or any of them; without tags, everybody in the account."""
    everybody = profile_page(account_id, tag_ids=tag_ids, any_tag=any_tag, limit=1)
    finished = profile_page(account_id, tag_ids=tag_ids, any_tag=any_tag, sort="completed", limit=MOST)
    return Members(
        people(account_id, [row.id for row in finished.rows]),
        everybody.total, everybody.total_is_exact, finished.total, finished.total_is_exact,
    )  # fmt: skip
