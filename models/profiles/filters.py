"""The filters of a profile list: words, tags, status and style.

Each exists twice, as a set of profiles and as a test of one profile.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.sql.elements import ColumnElement

from models.database import db
from models.instruments import DISC_SCALES
from models.profiles.profile import Profile, ProfileWord
from models.profiles.profile_tag import ProfileTag
from models.profiles.restrictions import own_profile
from models.request_scope import TagLimit, current_scope
from models.text import words

MOST_WORDS = 8
STYLES = tuple("".join(letters).upper() for size in range(1, 5) for letters in permutations(DISC_SCALES, size))
# Sorts after every letter and digit, so that `word >= "an" AND word < "an" + LAST` is every word that begins with "an".
LAST = "\U0010ffff"

profiles = Profile.__table__.c
tagged = ProfileTag.__table__.c
indexed = ProfileWord.__table__.c


@dataclass(frozen=True)
class Filter:
    """A condition on a profile."""

    having: Select[Any]
    """The ids of all matching profiles, read from an index."""
    holds: ColumnElement[bool]
    """The condition on one row of `profile`."""
    repeats: bool = False
    """Whether `having` can contain a profile twice."""


def filters_for(
    account_id: uuid.UUID,
    search: str,
    tag_ids: Collection[uuid.UUID],
    status: str | None,
    disc_style: str | None,
    only_completed: bool,
    any_tag: bool = False,
    disc_letters: str = "",
) -> list[Filter]:
    """The requested filters; the longest words first, since they tend to be the most selective."""
    by = by_word_of_name if current_scope().limits.hide_contact else by_word
    wanted = [by(account_id, word) for word in sorted(set(words(search)[:MOST_WORDS]), key=lambda w: (-len(w), w))]
    if any_tag and len(set(tag_ids)) > 1:
        wanted.append(by_any_tag(account_id, tag_ids))
    else:
        wanted += [by_tag(account_id, tag_id) for tag_id in sorted(set(tag_ids))]
    if status:
        wanted.append(by_column(account_id, profiles.status == status))
    if disc_style:
        wanted.append(by_column(account_id, profiles.disc_style == disc_style.upper()))
    if disc_letters:
        having_all = [style for style in STYLES if set(disc_letters) <= set(style)]
        wanted.append(by_column(account_id, profiles.disc_style.in_(having_all)))
    if only_completed:
        wanted.append(by_column(account_id, profiles.completed_at.is_not(None)))
    return wanted


def by_word(account_id: uuid.UUID, word: str) -> Filter:
    """Profiles with a word that begins like this. `words` leaves only letters and digits, so nothing here is a pattern."""
    having = select(indexed.profile_id).where(
        indexed.account_id == account_id, indexed.word >= word, indexed.word < word + LAST
    )
    # "Ana" has two words that begin with "an" if her address is ana@example.com.
    return Filter(having, (" " + profiles.search_text).like(f"% {word}%"), repeats=True)


def by_word_of_name(account_id: uuid.UUID, word: str) -> Filter:
    """The same by first and last name alone, for callers who cannot see addresses."""
    holds = (" " + profiles.name_text).like(f"% {word}%")
    known = by_word(account_id, word)
    having = select(profiles.id).where(profiles.account_id == account_id, profiles.id.in_(known.having), holds)
    return Filter(having, holds)


def within_limits(account_id: uuid.UUID) -> list[Filter]:
    """The filters that the limits of a member and their connection add."""
    limits = current_scope().limits
    real = [] if limits.decoy is None else [by_column(account_id, profiles.id != limits.decoy)]
    return real + [by_limit(account_id, limit) for limit in limits.tag_limits]


def by_limit(account_id: uuid.UUID, limit: TagLimit) -> Filter:
    """Profiles within this limit."""
    carried = by_any_tag(account_id, limit.tags)
    if limit.own_of is None:
        return carried
    own = own_profile(account_id, limit.own_of)
    mine = select(profiles.id).where(profiles.account_id == account_id, profiles.id.in_(own))
    together = union(carried.having, mine).subquery()
    return Filter(select(together.c[0]), or_(carried.holds, profiles.id.in_(own)))


def by_tag(account_id: uuid.UUID, tag_id: uuid.UUID) -> Filter:
    """Profiles with this tag."""
    having = select(tagged.profile_id).where(tagged.account_id == account_id, tagged.tag_id == tag_id)
    # Not EXISTS, which planners turn into a join over everything with the tag.
    of_row = having.where(tagged.profile_id == profiles.id).correlate(Profile.__table__).scalar_subquery()
    return Filter(having, of_row.is_not(None))


def by_any_tag(account_id: uuid.UUID, tag_ids: Collection[uuid.UUID]) -> Filter:
    """Profiles with at least one of these tags."""
    having = select(tagged.profile_id).where(tagged.account_id == account_id, tagged.tag_id.in_(sorted(set(tag_ids))))
    of_row = having.where(tagged.profile_id == profiles.id).correlate(Profile.__table__).limit(1).scalar_subquery()
    return Filter(having, of_row.is_not(None), repeats=True)


def by_column(account_id: uuid.UUID, holds: ColumnElement[bool]) -> Filter:
    """Profiles with this value in their own row."""
    return Filter(select(profiles.id).where(profiles.account_id == account_id, holds), holds)


@dataclass(frozen=True)
class Size:
    """How many profiles match a filter, counted up to a limit."""

    found: int
    exact: bool


def sizes(filters: Sequence[Filter], at_most: int) -> list[Size]:
    """The sizes of these filters, all in one query."""
    if not filters:
        return []
    counts = []
    for each in filters:
        read = each.having.limit(at_most + 1).subquery()
        found = func.count(read.c[0].distinct()) if each.repeats else func.count()
        counts += [select(count).select_from(read).scalar_subquery() for count in (func.count(), found)]
    row = db.session.connection().execute(select(*counts)).one()
    return [Size(found, read <= at_most) for read, found in zip(row[::2], row[1::2], strict=True)]
