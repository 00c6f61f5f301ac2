"""What taking changes back would do to each row, and what stands in its way.

Nothing that somebody else changed since is overwritten: a column goes back only if it still has the value that the change
gave it, and nobody changed it in between. Changes are followed backwards, the newest first.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from sqlalchemy import Table, select, tuple_

from models.accounts import Account, Member
from models.audit import Action, AuditEntry, BeforeImage
from models.audit.before_image import DERIVED, children_of, plain, revived
from models.database import Base, db
from models.errors import NotAllowed
from models.permissions import Permission
from models.profiles import Profile, Tag, search_columns, visible
from models.profiles.contact_detection import looks_like_contact
from models.profiles.tag import keys_of_label
from models.request_scope import current_scope
from models.secrets import digest
from models.undo.undoable import Changes, changes_of_entry, rows_of_entry

Values = Mapping[str, Any]
AT_ONCE = 500
MOST_PLANNED = 500
"""Rows of an entry that are looked at for its page, which need not say more than that there is something."""

NEEDED = {
    "account": Permission.CHANGE_ACCOUNT,
    "alias": Permission.MANAGE_ALIASES,
    "tag": Permission.MANAGE_TAGS,
    "profile_tag": Permission.MANAGE_TAGS,
    "team_tag": Permission.MANAGE_TAGS,
}
"""What a member must be allowed to, to take a change of such a row back. Everything else belongs to a profile."""
UNIQUE = {"tag": "label_key", "alias": "consumer_key", "profile": "email_key"}
"""The columns that only one row of an account can have the same value in."""
BY_HAND = {
    # A new address got a new invitation, and the old one's mailbox may be somebody else's.
    "profile": {"email"},
    # Some need recent proof to loosen.
    "account": {"audit_retention_days", "language", "reminder_days", "results_seen_first"},
}
"""Columns that do not go back."""


WHOLE = ""
"""In place of a column: the whole row."""


class Step(StrEnum):
    """What becomes of a row."""

    CHANGE = "change"
    RESTORE = "restore"
    REMOVE = "remove"


class Problem(StrEnum):
    """Why a row stays as it is."""

    CHANGED_SINCE = "changed_since"
    IN_USE = "in_use"
    """It was created by the change, and others have added to it since."""
    GONE = "gone"
    """It, or what it belongs to, does not exist any more."""
    TAKEN = "taken"
    """Another one has its name or address now."""
    BY_HAND = "by_hand"
    NOT_ALLOWED = "not_allowed"
    """The member may not change it, or does not see it."""


@dataclass(frozen=True)
class Item:
    """One row, and what becomes of it."""

    table: str
    row: str
    step: Step
    now: Values | None
    """What it is: all of it; None if it does not exist."""
    then: Values | None
    """What it would be: for a change, the columns that go back; None if it would not exist."""
    problem: Problem | None = None

    @property
    def person(self) -> str | None:
        """The id of the profile that it is about."""
        if self.table == "profile":
            return self.row.split("/")[1]
        person: str | None = self.value("profile_id") or self.value("resource_id")
        return person

    def value(self, name: str) -> Any:
        """A value of the row that does not change; None if it has none."""
        return {**(self.then or {}), **(self.now or {})}.get(name)

    @property
    def facts(self) -> list[Any]:
        """What a person is shown of it, and must still be so when it is done."""
        known = {name: self.now[name] for name in self.then} if self.now and self.then else self.now
        return [self.row, self.step, known, self.then, self.problem]


@dataclass(frozen=True)
class Plan:
    """Everything that taking some changes back would do."""

    changes: Changes
    items: tuple[Item, ...] = ()

    @cached_property
    def todo(self) -> list[Item]:
        """What would be done."""
        return [item for item in self.items if item.problem is None]

    @cached_property
    def conflicts(self) -> list[Item]:
        """What would stay as it is."""
        return [item for item in self.items if item.problem is not None]

    @cached_property
    def digest(self) -> str:
        """Equal for plans that a person could not tell apart."""
        return digest([item.facts for item in self.items])


@dataclass
class Course:
    """One row on its way back."""

    table: Table
    now: Values | None
    target: dict[str, Any] | None
    held: set[str] = field(default_factory=set)
    """Columns that others changed since."""
    problems: dict[str, Problem] = field(default_factory=dict)
    """By column."""
    restored: Values | None = None
    """What somebody else brought back: no change at all, if it is what was deleted before."""
    returned: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    """What was taken back of each column, from what to what. The changes in between are undone already."""

    def undo(self, image: BeforeImage) -> None:
        """Go one change back."""
        self.settle_restored(image)
        if image.after is None:
            self.bring_back(image)
        elif image.before is None:
            self.take_away(image)
        else:
            self.set_back(image.before, image.after)

    def bring_back(self, image: BeforeImage) -> None:
        if self.target is None:
            self.target = dict(image.before or {})
        # Otherwise somebody has brought it back already.

    def take_away(self, image: BeforeImage) -> None:
        if self.target is None:
            return
        if self.held or any(self.differs(name, value) for name, value in (image.after or {}).items()):
            self.problems[WHOLE] = Problem.CHANGED_SINCE
        else:
            self.target = None

    def set_back(self, before: Values, after: Values) -> None:
        if self.target is None:
            self.problems[WHOLE] = Problem.GONE
            return
        for name in before:
            if self.settle_returned(name, before[name], after[name]) or self.target.get(name) == before[name]:
                continue
            if name in BY_HAND.get(self.table.name, ()):
                self.problems[name] = Problem.BY_HAND
            elif name in self.held or self.target.get(name) != after[name]:
                self.problems[name] = Problem.CHANGED_SINCE
                self.held.add(name)
            else:
                self.target[name] = before[name]

    def differs(self, name: str, value: Any) -> bool:
        return self.target is not None and name not in DERIVED and self.target.get(name) != value

    def note(self, image: BeforeImage, *, takes_back: bool) -> None:
        """Somebody else changed it: what they changed stays, and so does everything before it. What was only taken back does not."""
        if image.before is None:
            self.restored = image.after
        elif image.after is not None:
            for name, after in image.after.items():
                if self.settle_returned(name, image.before[name], after):
                    continue
                if takes_back and name not in self.held:
                    self.returned[name] = image.before[name], after
                else:
                    self.held.add(name)
        elif not self.settle_restored(image):
            self.held |= set(self.table.c.keys())

    def settle_restored(self, image: BeforeImage) -> bool:
        """Whether the deletion in this image was taken back exactly. What was brought back otherwise counts as changed."""
        restored, self.restored = self.restored, None
        if restored is None:
            return False
        same = image.after is None and not any(
            restored.get(name) != value for name, value in (image.before or {}).items() if name not in DERIVED
        )
        self.held |= set() if same else set(self.table.c.keys())
        return same

    def settle_returned(self, name: str, before: Any, after: Any) -> bool:
        """Whether this change of a column was taken back later. If another came in between, somebody chose the value."""
        if name not in self.returned:
            return False
        current, end = self.returned.pop(name)
        if current != after:
            self.held.add(name)
            return False
        if before != end:
            self.returned[name] = before, end
        return True

    def items(self, row: str) -> Iterator[Item]:
        """What becomes of the row, and what stays of it."""
        if self.now is None and self.target is not None:
            yield Item(self.table.name, row, Step.RESTORE, None, self.target)
        elif self.now is not None and self.target is None:
            yield Item(self.table.name, row, Step.REMOVE, self.now, None)
        elif self.now is not None and self.target is not None:
            back = {name: value for name, value in self.target.items() if value != self.now.get(name)}
            if back:
                yield Item(self.table.name, row, Step.CHANGE, self.now, back)
        for problem in dict.fromkeys(self.problems.values()):
            names = {name: None for name, each in self.problems.items() if each == problem and name != WHOLE}
            yield Item(self.table.name, row, Step.CHANGE, self.now, names, problem)


def plan_for(changes: Changes, member: Member, *, lock: bool = False) -> Plan:
    """What this member would do by taking these changes back now. With `lock`, nobody changes the rows before the transaction ends."""
    rows = {image.row_name for image in changes.images}
    if not rows:
        return Plan(changes)
    present = present_rows(changes.account_id, rows, lock=lock)
    courses = {}
    for row in sorted(rows):
        found = present.get(row)
        courses[row] = Course(table_named(row), found, None if found is None else dict(found))
    numbers = changes.numbers
    later = later_images(changes, rows)
    taking_back = entries_that_take_back({image.entry_id for image in later if image.number not in numbers})
    for image in later:
        if image.number in numbers:
            courses[image.row_name].undo(image)
        else:
            courses[image.row_name].note(image, takes_back=image.entry_id in taking_back)
    items = [item for row, course in courses.items() for item in course.items(row)]
    return Plan(changes, tuple(in_order(Checks(changes.account_id, member, items).checked())))


def is_left(entry: AuditEntry, member: Member) -> bool | None:
    """Whether this member can take back something of this entry; None if nothing of it is kept.

    Of more rows than are planned in a moment, something is taken to be left.
    """
    rows = rows_of_entry(entry, MOST_PLANNED + 1)
    return (rows > MOST_PLANNED or bool(plan_for(changes_of_entry(entry), member).todo)) if rows else None


def later_images(changes: Changes, rows: set[str]) -> list[BeforeImage]:
    """Every image of these rows from the first of these changes on, newest first."""
    oldest, wanted = min(changes.numbers), sorted(rows)
    found: list[BeforeImage] = []
    for start in range(0, len(wanted), AT_ONCE):
        some = BeforeImage.row_name.in_(wanted[start : start + AT_ONCE])
        here = BeforeImage.account_id == changes.account_id, BeforeImage.number >= oldest
        found += db.session.scalars(select(BeforeImage).where(*here, some))
    return sorted(found, key=lambda image: -image.number)


def entries_that_take_back(entry_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these entries that tell of changes that were taken back."""
    wanted, found = sorted(entry_ids), set[uuid.UUID]()
    for start in range(0, len(wanted), AT_ONCE):
        some = AuditEntry.id.in_(wanted[start : start + AT_ONCE]), AuditEntry.action == Action.CHANGES_TAKEN_BACK
        found |= set(db.session.scalars(select(AuditEntry.id).where(*some)))
    return found


def present_rows(account_id: uuid.UUID, rows: Iterable[str], *, lock: bool = False) -> dict[str, dict[str, Any]]:
    """The rows with these names that exist, by name."""
    keys: dict[str, list[list[str]]] = defaultdict(list)
    for row in rows:
        name, *key = row.split("/")
        keys[name].append(key)
    found: dict[str, dict[str, Any]] = {}
    # In one order, so that two who lock rows do not wait for each other.
    for name in sorted(keys):
        table = Base.metadata.tables[name]
        columns = [column for column in table.primary_key if column.name != "account_id"]
        own = table.c.account_id if "account_id" in table.c else table.c.id
        for start in range(0, len(keys[name]), AT_ONCE):
            some = [tuple(map(typed, columns, key)) for key in keys[name][start : start + AT_ONCE]]
            wanted = select(table).where(own == account_id, tuple_(*columns).in_(some))
            statement = wanted.order_by(*columns).with_for_update() if lock else wanted
            for values in db.session.connection().execute(statement).mappings():
                row = "/".join([name, *(str(values[column.name]) for column in columns)])
                found[row] = {key: plain(value) for key, value in values.items()}
    return found


def typed(column: Any, text: str) -> Any:
    return revived(column, text)


def table_named(row: str) -> Table:
    return Base.metadata.tables[row.split("/")[0]]


class Checks:
    """What else stands in the way of a plan: rights, names that are taken, and rows that hang together."""

    def __init__(self, account_id: uuid.UUID, member: Member, items: list[Item]) -> None:
        self.account_id, self.member, self.items = account_id, member, items
        self.coming = {item.row: item for item in items if item.step == Step.RESTORE}
        self.going = {item.row for item in items if item.step == Step.REMOVE}
        self.renamed = {i.row for i in items if i.step == Step.CHANGE and not i.problem and changes_name(i)}

    def checked(self) -> Iterator[Item]:
        """The items with their problems. What depends on a row that stays away stays away with it."""
        stays_away: set[str] = set()
        known = present_rows(self.account_id, {name for item in self.coming.values() for name in parents_of(item)})
        order = {table.name: place for place, table in enumerate(Base.metadata.sorted_tables)}
        going = [item for item in self.items if item.step == Step.REMOVE]
        others = [item for item in self.items if item.step != Step.REMOVE]
        # Of what goes, what belongs to something comes before it: if it stays, so does what it belongs to.
        going.sort(key=lambda item: (-order[item.table], item.row))
        for item in [*going, *sorted(others, key=lambda item: (order[item.table], item.row))]:
            problem = item.problem or self.problem_of(item, known, stays_away)
            if problem and item.step == Step.RESTORE:
                stays_away.add(item.row)
            if problem and item.step == Step.REMOVE:
                self.going.discard(item.row)
            yield Item(item.table, item.row, item.step, item.now, item.then, problem)

    def problem_of(self, item: Item, known: Mapping[str, Any], stays_away: set[str]) -> Problem | None:
        if not (self.member.may(NEEDED.get(item.table, Permission.EDIT_PROFILES)) and self.sees(item)):
            return Problem.NOT_ALLOWED
        if item.table == "tag" and item.now and self.is_beyond_limits(item):
            return Problem.NOT_ALLOWED
        if item.step == Step.RESTORE:
            for parent in parents_of(item):
                if parent not in known and (parent not in self.coming or parent in stays_away):
                    return Problem.GONE
        if item.step == Step.REMOVE and self.is_used(item):
            return Problem.IN_USE
        return Problem.TAKEN if item.step != Step.REMOVE and self.is_taken(item) else None

    def sees(self, item: Item) -> bool:
        """Whether the member sees the person whom it is about. A deleted one is seen by the tags that come back with them."""
        person = item.person
        if person is None or not current_scope().limits.tag_limits:
            return True
        if f"profile/{person}" in self.coming:
            worn = {uuid.UUID(each.then["tag_id"]) for each in self.ties_of(person) if each.then}
            return all(limit.tags & worn for limit in current_scope().limits.tag_limits)
        seen = select(Profile.id).where(Profile.account_id == self.account_id, Profile.id == uuid.UUID(person))
        return db.session.scalar(seen.where(*visible(Profile.id, Profile.account_id))) is not None

    def is_beyond_limits(self, item: Item) -> bool:
        """Whether the member's own limits keep them from changing this tag."""
        try:
            Tag.find(self.account_id, uuid.UUID(item.row.split("/")[1])).check_limits()
        except NotAllowed:
            return True
        return False

    def ties_of(self, person: str) -> Iterator[Item]:
        return (
            i for i in self.coming.values() if i.table == "profile_tag" and i.then and i.then["profile_id"] == person
        )

    def is_used(self, item: Item) -> bool:
        """Whether rows hang on this one that would not be taken back."""
        for child, column, own in children_of(Base.metadata.tables[item.table]):
            hanging = child.c[column] == typed(child.c[column], (item.now or {})[own])
            names = [column for column in child.primary_key if column.name != "account_id"]
            found = select(*names).where(child.c.account_id == self.account_id, hanging).limit(len(self.going) + 1)
            for values in db.session.connection().execute(found):
                if "/".join([child.name, *map(str, values)]) not in self.going:
                    return True
        return False

    def is_taken(self, item: Item) -> bool:
        """Whether another row has the name that this one would get, and keeps it."""
        name, then = UNIQUE.get(item.table), {**(item.now or {}), **(item.then or {})}
        if name is None:
            return False
        value = with_derived(item.table, then)[name]
        table = Base.metadata.tables[item.table]
        others = select(table.c.id).where(table.c.account_id == self.account_id, table.c[name] == value)
        found = {f"{item.table}/{id_}" for (id_,) in db.session.connection().execute(others)} - {item.row}
        return bool(found - self.going - self.renamed)


def changes_name(item: Item) -> bool:
    return bool({"label", "consumer_key"} & (item.then or {}).keys())


def with_derived(table: str, then: Values) -> dict[str, Any]:
    """These columns, and those that are made from them."""
    match table:
        case "tag":
            return {**then, **keys_of_label(then["label"])}
        case "alias":
            return {**then, "is_contact": looks_like_contact(then["consumer_key"])}
        case "profile":
            return {**then, **search_columns(then["first_name"], then["last_name"], then["email"])}
    return dict(then)


def parents_of(item: Item) -> Iterator[str]:
    """The names of the rows that a restored row belongs to."""
    then = item.then or {}
    for key in Base.metadata.tables[item.table].foreign_key_constraints:
        if key.referred_table.name == Account.__tablename__:
            continue
        values = [str(then[each.parent.name]) for each in key.elements if each.parent.name != "account_id"]
        if "None" not in values:
            yield "/".join([key.referred_table.name, *values])


def in_order(items: Iterable[Item]) -> list[Item]:
    """What comes back first, then what changes, then what goes."""
    order = {step: place for place, step in enumerate((Step.RESTORE, Step.CHANGE, Step.REMOVE))}
    return sorted(items, key=lambda item: order[item.step])
