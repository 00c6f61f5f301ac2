"""Reading the audit log: newest first, page by page, each entry with the names for its sentence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo
from itertools import islice
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import Select, Text, cast, func, or_, select, union_all
from sqlalchemy.sql.elements import ColumnElement

from models.accounts import Member, User
from models.audit import (
    SENT_REQUEST_ID,
    Action,
    AuditEntry,
    AuditPersonal,
    EntryContext,
    Names,
    Part,
    Thing,
    Wording,
    begin,
    first_id,
    label_of,
    reader_wording,
    resources_of,
    sentence,
    shown_value,
    title_of,
)
from models.audit_log import search
from models.clients import Client
from models.connections import Connection, ConnectionUse
from models.database import db
from models.errors import NotFound
from models.permissions import Permission
from models.profiles import Alias, Profile, hidden_among
from models.request_scope import current_scope
from models.text import begin_of, end_of, gettext_noop, sort_key

NAMED_IN_DETAIL = 20
RECENTLY_USED = 12
# A search reads this many entries at a time, so that nobody waits for a whole log.
SEARCHED_AT_ONCE = 20_000
COUNTED_AT_MOST = 1_000
DECOY = gettext_noop("%(name)s (decoy)")
Row = tuple[AuditEntry, AuditPersonal | None]
Found = TypeVar("Found", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True)
class EntryFilter:
    """A filter for entries; None matches everything."""

    member_id: uuid.UUID | None = None
    client_id: uuid.UUID | None = None
    """The app, through any member's connection."""
    connection_id: uuid.UUID | None = None
    """One connection: this app as one member connected it."""
    actions: tuple[str, ...] = ()
    """Any of these actions; empty matches all."""
    outcome: str | None = None
    since: date | None = None
    until: date | None = None
    """The last day, inclusive."""
    zone: tzinfo = field(default=UTC, compare=False)
    """The time zone of these days."""
    words: str = ""
    """The search text: an entry needs a word that begins with each of these words."""

    def conditions(self, account_id: uuid.UUID) -> Iterator[ColumnElement[bool]]:
        if self.member_id:
            yield AuditEntry.member_id == self.member_id
        if self.client_id:
            made = select(Connection.id).where(
                Connection.account_id == account_id, Connection.client_id == self.client_id
            )
            yield AuditEntry.connection_id.in_(made)
        if self.connection_id:
            yield AuditEntry.connection_id == self.connection_id
        if self.actions:
            # An action of a tool is among the steps of the call, a JSON list of these exact words.
            steps = cast(AuditEntry.steps, Text)
            step = (steps.contains(f'"{action}"', autoescape=True) for action in self.actions)
            yield or_(AuditEntry.action.in_(self.actions), *step)
        if self.outcome:
            yield AuditEntry.outcome == self.outcome
        # Ids contain the time, and the log is ordered by them.
        if self.since:
            yield AuditEntry.id >= first_id(begin_of(self.since, self.zone))
        if self.until:
            yield AuditEntry.id < first_id(end_of(self.until, self.zone))
        if self.words:
            yield from search.conditions(account_id, self.words)

    @property
    def has_no_words(self) -> bool:
        """Whether the search text has no words: then it is ignored and matches every entry."""
        return bool(self.words) and not search.typed_words(self.words)


@dataclass(frozen=True)
class RenderedEntry:
    """An entry with its sentence, its personal data unless erased, and the names of its things."""

    entry: AuditEntry
    personal: AuditPersonal | None
    sentence: list[Part]
    names: Names
    wording: Wording
    """Its language."""

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part.text for part in self.sentence)

    @property
    def title(self) -> str:
        """The title of its action."""
        return title_of(self.entry.action, self.wording)

    @property
    def changed(self) -> list[str]:
        """The names of the changed fields, as people read them."""
        return [label_of(field, self.wording) for field in self.entry.fields]

    @property
    def values(self) -> list[tuple[str, str]]:
        """The recorded values with their names, as people read them."""
        found = self.entry.values.items()
        return [(begin(label_of(name, self.wording)), shown_value(value, self.wording)) for name, value in found]

    @property
    def app(self) -> str | None:
        """The app's own name at the time of the entry; else its current name."""
        return EntryContext(self.entry, self.names, self.personal.names if self.personal else {}).app

    @property
    def sent_request_id(self) -> str | None:
        """The id that the client gave its request."""
        return self.personal.names.get(SENT_REQUEST_ID) if self.personal else None

    @property
    def things(self) -> list[tuple[str, str, uuid.UUID, str | None]]:
        """The first twenty things in it that the reader sees: the kind, its name, the id, and the thing's current name if any."""
        seen = (thing for thing in resources_of(self.entry) if thing not in self.names.hidden)
        first = islice(seen, NAMED_IN_DETAIL)
        return [(kind, begin(label_of(kind, self.wording)), id_, self.names.get(kind, id_)) for kind, id_ in first]


@dataclass(frozen=True)
class Page:
    """A page of the audit log, newest first, and the entries where the pages before and after it start."""

    entries: list[RenderedEntry]
    older: uuid.UUID | None
    newer: uuid.UUID | None


def log_page(
    reader: Member,
    wanted: EntryFilter,
    before: uuid.UUID | None = None,
    after: uuid.UUID | None = None,
    limit: int = 50,
) -> Page:
    """The matching entries that this member may see, just older than `before` or just newer than `after`."""
    matching = visible(reader).where(*wanted.conditions(reader.account_id))
    beyond = Beyond(after or before, newer=after is not None)
    reached = beyond.reach(reader.account_id) if wanted.words else None
    rows = asked(beyond.of(matching, reached), limit)
    onward = rows[limit - 1][0].id if len(rows) > limit else reached
    back = rows[0][0].id if rows and (after or before) else None
    if after:
        return Page(render_entries(reader, rows[:limit][::-1]), older=back, newer=onward)
    return Page(render_entries(reader, rows[:limit]), older=onward, newer=back)


@dataclass(frozen=True)
class Tally:
    """How many entries match, counted up to 1,000, and among the newest ones of a long log."""

    found: int
    more: bool
    """Whether there are more than were counted."""
    among: int | None
    """How many of the newest entries were read; None if that was the whole log, or enough were found."""


def count_entries(reader: Member, wanted: EntryFilter) -> Tally:
    """How many entries match. The cost does not grow with the log."""
    matching = visible(reader).where(*wanted.conditions(reader.account_id))
    all_match = wanted == EntryFilter(zone=wanted.zone) and reader.may(Permission.SEE_WHOLE_AUDIT)
    newest = Beyond(None, newer=False)
    reached = None if all_match else newest.reach(reader.account_id)
    read = newest.of(matching, reached).with_only_columns(AuditEntry.id).limit(COUNTED_AT_MOST + 1)
    found = db.session.scalar(select(func.count()).select_from(read.subquery())) or 0
    if found > COUNTED_AT_MOST:
        return Tally(COUNTED_AT_MOST, more=True, among=None)
    return Tally(found, more=False, among=SEARCHED_AT_ONCE if reached else None)


def recent_app_calls(reader: Member, limit: int = 6) -> list[RenderedEntry]:
    """The latest tool calls of apps, newest first, as far as this member may see them."""
    # Few connections are active at a time, and each has an index of its own entries, so few rows are read even from a
    # long log.
    used = select(Connection.id).join(ConnectionUse, ConnectionUse.connection_id == Connection.id)
    used = used.where(Connection.account_id == reader.account_id, ConnectionUse.last_used_at.is_not(None))
    if not reader.may(Permission.SEE_WHOLE_AUDIT):
        used = used.where(Connection.member_id == reader.id)
    connections = db.session.scalars(used.order_by(ConnectionUse.last_used_at.desc()).limit(RECENTLY_USED)).all()
    if not connections:
        return []
    each = [last_calls(connection_id, limit) for connection_id in connections]
    rows = asked(visible(reader).where(AuditEntry.id.in_(union_all(*each))).order_by(AuditEntry.id.desc()), limit)
    return render_entries(reader, rows[:limit])


def last_calls(connection_id: uuid.UUID, limit: int) -> Select[uuid.UUID]:
    """The ids of the last calls through one connection."""
    calls = select(AuditEntry.id).where(
        AuditEntry.connection_id == connection_id, AuditEntry.action == Action.TOOL_CALLED
    )
    last = calls.order_by(AuditEntry.id.desc()).limit(limit).subquery()
    return select(last.c.id)


def rendered_entry(reader: Member, entry_id: uuid.UUID) -> RenderedEntry:
    """One entry, if this member may see it; raises `NotFound`."""
    row = db.session.execute(visible(reader).where(AuditEntry.id == entry_id)).one_or_none()
    if row is None:
        raise NotFound(_("There is no entry with this id that you may see."))
    (found,) = render_entries(reader, [(row[0], row[1])])
    return found


@dataclass(frozen=True)
class Beyond:
    """The entries from this one to an end of the audit log: the newer ones, oldest first, or the older ones, newest first."""

    entry_id: uuid.UUID | None
    newer: bool

    def of(self, matching: Found, reached: uuid.UUID | None = None) -> Found:
        """The matching entries in that order, no further than `reached`."""
        if self.entry_id:
            matching = matching.where(AuditEntry.id > self.entry_id if self.newer else AuditEntry.id < self.entry_id)
        if reached:
            matching = matching.where(AuditEntry.id <= reached if self.newer else AuditEntry.id >= reached)
        return matching.order_by(AuditEntry.id if self.newer else AuditEntry.id.desc())

    def reach(self, account_id: uuid.UUID) -> uuid.UUID | None:
        """The last entry that one search reads; None if it reads to the end of the log."""
        ids = self.of(select(AuditEntry.id).where(AuditEntry.account_id == account_id))
        return db.session.scalar(ids.offset(SEARCHED_AT_ONCE).limit(1))


def asked(statement: Select[AuditEntry, AuditPersonal], limit: int) -> list[Row]:
    """One row more than a page has shows whether there is a next page."""
    return [(entry, personal) for entry, personal in db.session.execute(statement.limit(limit + 1))]


def visible(reader: Member) -> Select[AuditEntry, AuditPersonal]:
    """The entries that a member may see: Owners see all, others what they and their own connections did."""
    entries = all_entries(reader.account_id)
    if reader.may(Permission.SEE_WHOLE_AUDIT):
        return entries
    own = select(Connection.id).where(Connection.account_id == reader.account_id, Connection.member_id == reader.id)
    return entries.where(or_(AuditEntry.member_id == reader.id, AuditEntry.connection_id.in_(own)))


def all_entries(account_id: uuid.UUID) -> Select[AuditEntry, AuditPersonal]:
    """Every entry of an account."""
    entries = select(AuditEntry, AuditPersonal).join(
        AuditPersonal, AuditPersonal.entry_id == AuditEntry.id, isouter=True
    )
    return entries.where(AuditEntry.account_id == account_id)


def render_entries(reader: Member, rows: list[Row], wording: Wording | None = None) -> list[RenderedEntry]:
    """These entries with the names of things that this member sees; in the language of the page, unless another is given."""
    with current_scope().limited_to(reader.limits):
        return render_all(reader.account_id, rows, wording or reader_wording())


def render_all(account_id: uuid.UUID, rows: list[Row], wording: Wording) -> list[RenderedEntry]:
    names = Names.of(account_id, {thing for entry, _personal in rows for thing in mentioned(entry)})
    limits = current_scope().limits
    if not limits.everybody:
        decoy: Thing | None = ("profile", limits.decoy) if limits.decoy else None
        names = names.without(hidden_things(account_id, rows) - {decoy})
        if decoy and (name := names.known.get(decoy)):
            names = names.calling(decoy, wording.gettext(DECOY) % {"name": name})
    return [
        RenderedEntry(
            entry,
            personal,
            sentence(entry, names, personal.names if personal else None, wording),
            names,
            wording,
        )
        for entry, personal in rows
    ]


def hidden_things(account_id: uuid.UUID, rows: list[Row]) -> set[Thing]:
    """The profiles and aliases in these entries that exist, but not for the caller."""
    ids: dict[str, set[uuid.UUID]] = {}
    for entry, _personal in rows:
        for kind, id_ in resources_of(entry):
            ids.setdefault(kind, set()).add(id_)
    owners = aliased_profiles(account_id, ids.get("alias", set()))
    present = present_profiles(account_id, ids.get("profile", set()) | set(owners.values()))
    hidden = hidden_among(account_id, present)
    aliases = {("alias", id_) for id_, owner in owners.items() if owner in hidden}
    return {("profile", id_) for id_ in hidden} | aliases


def present_profiles(account_id: uuid.UUID, ids: set[uuid.UUID]) -> list[uuid.UUID]:
    statement = select(Profile.id).where(Profile.account_id == account_id, Profile.id.in_(ids))
    return list(db.session.scalars(statement)) if ids else []


def aliased_profiles(account_id: uuid.UUID, ids: set[uuid.UUID]) -> dict[uuid.UUID, uuid.UUID]:
    statement = select(Alias.id, Alias.resource_id).where(Alias.account_id == account_id, Alias.id.in_(ids))
    return dict(db.session.execute(statement).all()) if ids else {}


def mentioned(entry: AuditEntry) -> Iterator[Thing]:
    if entry.member_id:
        yield "member", entry.member_id
    if entry.connection_id:
        yield "connection", entry.connection_id
    yield from islice(resources_of(entry), NAMED_IN_DETAIL)


def apps_seen_by(reader: Member) -> list[tuple[uuid.UUID, str]]:
    """The apps in this member's view of the audit log, by name."""
    apps = select(Client.id, Client.name).join(Connection, Connection.client_id == Client.id).distinct()
    apps = apps.where(Connection.account_id == reader.account_id)
    if not reader.may(Permission.SEE_WHOLE_AUDIT):
        apps = apps.where(Connection.member_id == reader.id)
    found = ((id_, name) for id_, name in db.session.execute(apps.order_by(Client.id)))
    return sorted(found, key=lambda app: sort_key(app[1]))


def members_seen_by(reader: Member) -> list[tuple[uuid.UUID, str]]:
    """The members in this member's view of the audit log, by name; those who left are marked."""
    if not reader.may(Permission.SEE_WHOLE_AUDIT):
        return []
    rows = select(Member.id, User.name, Member.removed_at).join(User, User.id == Member.user_id)
    found = db.session.execute(rows.where(Member.account_id == reader.account_id).order_by(Member.id)).all()
    found = sorted(found, key=lambda row: sort_key(row.name))
    return [(id_, _("%(name)s (removed)", name=name) if gone else name) for id_, name, gone in found]
