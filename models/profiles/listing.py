"""Lists that stay fast at any length: by keyset, not by offset, and with totals that stop counting at a limit."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, literal_column, select

from models.database import COUNTED_AT_MOST, Page, Prepared, db, page_of, table_of
from models.profiles.alias import Alias, shows
from models.profiles.filters import Filter, Size, filters_for, sizes, within_limits
from models.profiles.ordering import SORTS, BadCursor, Order, Place, cursor_of, read_cursor
from models.profiles.profile import Profile, ProfileCount
from models.profiles.profile_tag import ProfileTag
from models.profiles.restrictions import visible
from models.profiles.tag import Tag, TagLine
from models.text import full_name, sort_key
from models.text import key as key_of

__all__ = [
    "SORTS",
    "BadCursor",
    "Page",
    "Summary",
    "alias_page",
    "names_of_profiles",
    "profile_page",
    "tag_page",
    "tags_of_profile",
    "tags_of_profiles",
]

# Up to this many matches, a filter is read from its own index: the profiles are fetched, checked and sorted.
FEW = 1_000
# With more matches, reading the list in order meets one often; after this many rows it gives up.
WALK = 5_000
# With several filters of many matches each, this many rows are read to count at least some.
LOOKED_THROUGH = 2_500
UNCOUNTED = Size(0, exact=False)

profiles = Profile.__table__.c
SHOWN = (
    profiles.id,
    profiles.email,
    profiles.first_name,
    profiles.last_name,
    profiles.status,
    profiles.disc_style,
    profiles.completed_at,
    profiles.created_at,
    profiles.sort_name,
    profiles.name_key,
)


@dataclass(slots=True)
class Summary:
    """One row of the list of profiles."""

    id: uuid.UUID
    email: str
    first_name: str
    last_name: str
    status: str
    disc_style: str | None
    completed_at: datetime | None
    created_at: datetime
    sort_name: str
    name_key: str

    @property
    def name(self) -> str:
        return full_name(self.first_name, self.last_name) or self.email


def profile_page(
    account_id: uuid.UUID,
    *,
    search: str = "",
    tag_ids: Collection[uuid.UUID] = (),
    any_tag: bool = False,
    status: str | None = None,
    disc_style: str | None = None,
    disc_letters: str = "",
    sort: str = "name",
    limit: int = 10,
    cursor: str | None = None,
    skip: int = 0,
    counting: bool = True,
) -> Page:
    """Profiles of an account with every word of `search` (as a beginning), every tag, this status, this style, and every letter of
    `disc_letters` in their style.

    With `any_tag`, one of the tags is enough. Sorted by completion, the list has completed profiles only. Without
    `counting`, there is no total. The cost of a page does not grow with the account, but with `skip`, which leaves out the
    first rows: only the beginning of a list has pages by number.
    """
    order = Order.called(sort)
    start = read_cursor(cursor, order) if cursor else None
    filters = filters_for(account_id, search, tag_ids, status, disc_style, sort == "completed", any_tag, disc_letters)
    limits = within_limits(account_id)
    filters += limits
    counted = sizes(filters, COUNTED_AT_MOST if counting else FEW)
    fewest = min(counted, key=lambda size: (not size.exact, size.found), default=None)
    if fewest and fewest.exact and fewest.found <= FEW:
        matching = having_few(account_id, filters, filters[counted.index(fewest)])
        rows = fetch(order.from_index_of_filter(matching, start).limit(limit + 1).offset(skip))
        total = Size(count(matching), exact=True) if counting else UNCOUNTED
    elif fewest:
        rows = walk(account_id, filters, order, start, limit + 1, skip)
        total = fewest if len(filters) == 1 or not counting else count_begin(account_id, filters, order)
        if limits:
            # How far a list is read says something about the people outside the limits, so those inside are counted.
            total = count_inside(account_id, filters)
    else:
        if skip:
            start = place_after(account_id, order, None, skip - 1)
        rows = all_from(account_id, order, start, limit + 1) if start or not skip else []
        total = Size(count_all(account_id), exact=True)
    next_cursor = cursor_of(rows[limit - 1], order) if len(rows) > limit else None
    found = max(total.found, len(rows) + (skip if rows else 0))
    return Page(rows[:limit], next_cursor, min(found, COUNTED_AT_MOST), total.exact and found <= COUNTED_AT_MOST)


def everyone(account_id: uuid.UUID) -> Select[Any]:
    return select(*SHOWN).where(profiles.account_id == account_id)


def all_from(account_id: uuid.UUID, order: Order, start: Place | None, wanted: int) -> list[Summary]:
    """Rows of the unfiltered list, which most calls ask for."""
    value, last = start or (None, None)
    given = {"account": account_id, "value": value, "last": last, "wanted": wanted}
    return [Summary(*row) for row in prepared(order, start is not None).rows(given)]


@cache
def prepared(order: Order, begun: bool) -> Prepared:
    """The whole list in an order, from its start or from a place in it: building the statement takes longer than running it."""
    place: Any = (bindparam("value"), bindparam("last")) if begun else None
    listed = select(*SHOWN).where(profiles.account_id == bindparam("account"))
    # Accounts differ in size by a factor of thousands.
    return Prepared(order.after(listed, place).limit(bindparam("wanted")), one_plan=False)


def count_all(account_id: uuid.UUID) -> int:
    """The exact number of profiles in an account."""
    return int(COUNTED.scalar({"account": account_id}) or 0)


def having_few(account_id: uuid.UUID, filters: Sequence[Filter], rarest: Filter) -> Select[Any]:
    """The profiles of one filter, fetched by id and checked against the others."""
    others = (each.holds for each in filters if each is not rarest)
    return everyone(account_id).where(profiles.id.in_(rarest.having), *others)


def walk(
    account_id: uuid.UUID, filters: Sequence[Filter], order: Order, start: Place | None, wanted: int, skip: int = 0
) -> list[Summary]:
    """Rows that match all filters, found by reading the list in its order."""
    listed = everyone(account_id)
    end = place_after(account_id, order, start, WALK)
    holding = order.up_to(listed.where(*(each.holds for each in filters)), end)
    rows = fetch(order.after(holding, start).limit(wanted).offset(skip))
    if end is None or len(rows) == wanted:
        return rows
    # The matches are close together further on, like the Zimmermanns in a list by name: the index of the filter finds
    # them.
    matching = having_few(account_id, filters, filters[0])
    return fetch(order.from_index_of_filter(matching, start).limit(wanted).offset(skip))


def count_begin(account_id: uuid.UUID, filters: Sequence[Filter], order: Order) -> Size:
    """How many match all filters at the start of the list, and whether that is the whole list."""
    listed = everyone(account_id)
    end = place_after(account_id, order, None, LOOKED_THROUGH)
    return Size(count(order.up_to(listed.where(*(each.holds for each in filters)), end)), exact=end is None)


def count_inside(account_id: uuid.UUID, filters: Sequence[Filter]) -> Size:
    """How many match all filters, whatever else is in the account; `filters` end with those of the limits."""
    found = count(having_few(account_id, filters, filters[-1]).limit(COUNTED_AT_MOST + 1))
    return Size(found, exact=found <= COUNTED_AT_MOST)


def place_after(account_id: uuid.UUID, order: Order, start: Place | None, rows: int) -> Place | None:
    """The place in the list this many rows further; None if the list ends before."""
    key = profiles.id if order.column is None else order.column
    keys = select(key, profiles.id).where(profiles.account_id == account_id, key.is_not(None))
    listed = order.after(keys, start)
    found = db.session.connection().execute(listed.limit(1).offset(rows)).one_or_none()
    return None if found is None else (found[0], found[1])


def fetch(statement: Select[Any]) -> list[Summary]:
    return [Summary(*row) for row in db.session.connection().execute(statement)]


def count(matching: Select[Any]) -> int:
    return int(db.session.connection().execute(counting(matching)).scalar_one())


def counting(matching: Select[Any]) -> Select[Any]:
    # This counts ones and not ids: reading each id would take a quarter of the time.
    return select(func.count()).select_from(matching.with_only_columns(literal_column("1")).subquery())


counts = table_of(ProfileCount).c
COUNTED = Prepared(select(counts.profiles).where(counts.account_id == bindparam("account")))


def tag_page(account_id: uuid.UUID, search: str = "", limit: int = 10, page: int = 1) -> Page:
    """Tags of an account by label, those whose label contains `search`, with the number of profiles for each."""
    tags = Tag.__table__.c
    carried = (
        select(func.count())
        .where(ProfileTag.account_id == tags.account_id, ProfileTag.tag_id == tags.id)
        .where(*visible(ProfileTag.profile_id, ProfileTag.account_id))
        .scalar_subquery()
    )
    matching = select(tags.id, tags.label, tags.color, carried).where(tags.account_id == account_id)
    if search:
        spelled = tags.label_key.contains(key_of(search), autoescape=True)
        # Without accents too, as a list is sorted.
        matching = matching.where(spelled | tags.sort_label.contains(sort_key(search), autoescape=True))
    return page_of(matching.order_by(tags.sort_label, tags.id), limit, page, TagLine)


def names_of_profiles(account_id: uuid.UUID, profile_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Summary]:
    """Those of these profiles that are in this account, by name."""
    if not profile_ids:
        return {}
    listed = everyone(account_id).where(profiles.id.in_(profile_ids), *visible(profiles.id, profiles.account_id))
    return {row.id: row for row in fetch(listed.order_by(profiles.sort_name, profiles.id))}


def tags_of_profile(account_id: uuid.UUID, profile_id: uuid.UUID) -> list[Tag]:
    """The tags of the profile, by label."""
    statement = select(Tag).join(ProfileTag, (ProfileTag.account_id == Tag.account_id) & (ProfileTag.tag_id == Tag.id))
    return list(
        db.session.scalars(
            statement.where(Tag.account_id == account_id, ProfileTag.profile_id == profile_id).order_by(
                Tag.sort_label, Tag.id
            )
        )
    )


def tags_of_profiles(account_id: uuid.UUID, profile_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, list[TagMark]]:
    """The tags of each of these profiles, by label, in one query; profiles without tags are left out."""
    found: dict[uuid.UUID, list[TagMark]] = {}
    if not profile_ids:
        return found
    statement = (
        select(ProfileTag.profile_id, Tag.id, Tag.label, Tag.color)
        .join(Tag, (Tag.account_id == ProfileTag.account_id) & (Tag.id == ProfileTag.tag_id))
        .where(ProfileTag.account_id == account_id, ProfileTag.profile_id.in_(profile_ids))
        .order_by(Tag.sort_label, Tag.id)
    )
    for profile_id, tag_id, label, color in db.session.execute(statement):
        found.setdefault(profile_id, []).append(TagMark(tag_id, label, color))
    return found


@dataclass(frozen=True)
class TagMark:
    """A tag on a profile."""

    id: uuid.UUID
    label: str
    color: str


def alias_page(account_id: uuid.UUID, search: str = "", limit: int = 10, page: int = 1) -> Page:
    """Aliases of an account by consumer key, those that contain `search`."""
    matching = select(Alias).where(
        Alias.account_id == account_id, *visible(Alias.resource_id, Alias.account_id), *shows()
    )
    if search:
        matching = matching.where(Alias.consumer_key.contains(search, autoescape=True))
    return page_of(matching.order_by(Alias.consumer_key, Alias.id), limit, page)
