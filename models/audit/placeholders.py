"""How the placeholders in a sentence of the audit log are filled: the actor, the app and the things."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from string import Formatter

from models.audit.action_texts import TEXTS
from models.audit.display_names import Names, Thing
from models.audit.entry import MORE_FOLLOW, MOST_RESOURCES, NEW_NAME, SENT_TOOL, THE_APP, AuditEntry
from models.audit.resource_kinds import KINDS

NAMED_AT_MOST = 3

SOMEBODY_GONE = "somebody whose profile was deleted"

SOMEBODY_HIDDEN = "somebody you do not see"

SETTINGS = {
    "name": "the account's name",
    "assessments": "the assessments",
    "eco_printing": "eco printing",
    "core_extended": "the number of Core Values",
    "results_seen_first": "whether people see their result before others",
    "debriefs_by_model": "whether a language model writes debriefs",
    "reminder_days": "when reminders are sent",
    "audit_retention_days": "how long the audit log is kept",
    "second_factor_required": "whether members need a second factor",
    "profiles_by_tags": "who sees which profiles",
}
LIMITS = {
    "read_only": "whether it only reads",
    "hide_contact": "whether it sees e-mail addresses and phone numbers",
    "only_tags": "which profiles it sees",
    "daily_calls": "its calls a day",
    "ends_at": "when it ends",
    "scopes": "the maximum scopes",
    "apps": "which apps may connect",
    "registration": "whether apps may register themselves",
    "second_factor": "whether a second factor is needed to connect",
    "longest_days": "how long until an app must be connected again",
}
FIELDS = {
    "first_name": "the first name",
    "last_name": "the last name",
    "phone": "the phone number",
    "email": "the e-mail",
}

# The words of blueprints/mcp/call_outcomes.py and models/oauth/bearer.py, as people read them.
REASONS = {
    "unknown_tool": "there is no such tool",
    "malformed": "the request was malformed",
    "arguments": "the arguments do not match the tool",
    "paused": "it is paused",
    "policy": "the account's policy blocks this app",
    "policy_scope": "the account's policy allows no app the scope for it",
    "second_factor": "its member has no second factor, which the account requires",
    "end_date": "its end date had passed",
    "end_member": "its member is no longer in the account",
    "read_only": "it is read-only",
    "daily": "its daily call limit is reached",
    "role": "the member's role does not allow it",
    "not_allowed": "a rule of the account does not allow it",
    "not_found": "nothing in this account has this id",
    "invalid": "a value was not accepted",
    "conflict": "something else changed it at the same moment",
    "too_fast": "it sent too many requests",
    "unavailable": "the database was unavailable",
    "crashed": "an internal error occurred",
    "revoked": "its access had been revoked",
    "removed": "its member had been removed",
    "expired": "its token had expired",
    "other_resource": "its token is for another server",
}


@dataclass(frozen=True)
class Part:
    """A part of a sentence: plain words, or the name of something."""

    text: str
    is_name: bool = False
    thing: Thing | None = None
    """The thing with this name, if it still exists."""


@dataclass(frozen=True)
class EntryContext:
    """One entry with the names for its sentence."""

    entry: AuditEntry
    names: Names
    remembered: Mapping[str, str]

    def fill(self, phrase: str) -> list[Part]:
        """The phrase with every placeholder filled."""
        parts: list[Part] = []
        for words, hole in holes_in(phrase):
            parts += [Part(words)] if words else []
            parts += HOLES[hole](self) if hole else []
        return parts

    @property
    def app(self) -> str | None:
        """The app's own name at the time of the entry; else its current name, if known."""
        entry = self.entry
        return entry.client_name or self.remembered.get(THE_APP) or self.names.get("connection", entry.connection_id)

    def resources(self, kind: str) -> list[str]:
        """The stored ids of the things of this kind in the entry."""
        return [id_ for this, id_ in self.entry.resources if this == kind]


@cache
def holes_in(phrase: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((words, hole) for words, hole, _, _ in Formatter().parse(phrase))


def resources_of(entry: AuditEntry) -> Iterator[Thing]:
    """The things in an entry, as kinds and ids."""
    for kind, id_ in entry.resources:
        yield kind, uuid.UUID(id_)


def things(kind: str) -> Callable[[EntryContext], list[Part]]:
    """Fill a placeholder with the things of a kind: up to three by name, more by number."""

    known = KINDS[kind]

    def fill(context: EntryContext) -> list[Part]:
        ids = context.resources(kind)
        if len(ids) > NAMED_AT_MOST:
            return [counted(context, len(ids), known.many)]
        named = [called(context, kind, uuid.UUID(id_)) for id_ in ids]
        if not named:
            return [Part(f"no {known.many}")]
        if not all(part.is_name for part in named):
            return joined([[Part(known.one), part] if part.is_name else [part] for part in named])
        return [Part(known.one if len(named) == 1 else known.several), *joined([[part] for part in named])]

    return fill


def counted(context: EntryContext, number: int, what: str) -> Part:
    more = "more than " if context.entry.resource_count > MOST_RESOURCES else ""
    return Part(f"{more}{number} {what}")


def people(context: EntryContext) -> list[Part]:
    """The people of the profiles in the entry, by name alone; else the person invited to the account."""
    ids = context.resources("profile")
    if not ids and context.resources("member_invitation"):
        return things("member_invitation")(context)
    if len(ids) > NAMED_AT_MOST:
        return [counted(context, len(ids), "people")]
    return joined([[person_of(context, uuid.UUID(id_))] for id_ in ids]) or [Part("somebody")]


def person_of(context: EntryContext, profile_id: uuid.UUID) -> Part:
    if name := context.names.get("profile", profile_id):
        return Part(name, is_name=True, thing=("profile", profile_id))
    if ("profile", profile_id) in context.names.hidden:
        return Part(SOMEBODY_HIDDEN)
    name = context.remembered.get(str(profile_id))
    return Part(name, is_name=True) if name else Part(SOMEBODY_GONE)


def by_what(context: EntryContext) -> list[Part]:
    model = context.entry.values.get("model")
    return [Part(" by "), Part(str(model), is_name=True), Part(" from the scores")] if model else []


def limits(context: EntryContext) -> list[Part]:
    changed = [LIMITS.get(field, field) for field in context.entry.fields]
    return joined([[Part(limit)] for limit in changed]) or [Part("nothing")]


def scopes(context: EntryContext) -> list[Part]:
    return joined([[Part(scope, is_name=True)] for scope in context.entry.values.get("scopes", [])]) or [
        Part("nothing")
    ]


def the_log(context: EntryContext) -> list[Part]:
    return [Part("part of the audit log" if context.entry.values.get("filtered") else "the audit log")]


def the_profiles(context: EntryContext) -> list[Part]:
    return [Part("some of the profiles" if context.entry.values.get("filtered") else "all profiles")]


def number_of_entries(context: EntryContext) -> list[Part]:
    number = context.entry.values.get("entries", 0)
    return [Part("1 entry" if number == 1 else f"{number} entries")]


def model(context: EntryContext) -> list[Part]:
    values = context.entry.values
    return [Part(str(values.get("model")), is_name=True), Part(f" at {values.get('sent_to')}, without a name")]


def called(context: EntryContext, kind: str, id_: uuid.UUID) -> Part:
    if name := context.names.get(kind, id_):
        return Part(name, is_name=True, thing=(kind, id_))
    known = KINDS[kind]
    if (kind, id_) in context.names.hidden:
        return Part(known.hidden)
    deleted_here = known.deletion in {context.entry.action, *context.entry.steps}
    if name := context.remembered.get(str(id_)):
        return Part(name if deleted_here else f"{name} (deleted)", is_name=True)
    return Part(known.being_deleted if deleted_here else known.gone)


def who(context: EntryContext) -> list[Part]:
    entry = context.entry
    text = TEXTS.get(entry.action)  # type: ignore[call-overload]
    if (context.app or entry.connection_id) and not (text and text.by_member):
        return [*app(context), Part(" (for "), *person(context), Part(")")]
    return person(context)


def person(context: EntryContext) -> list[Part]:
    entry = context.entry
    if name := context.names.get("member", entry.member_id):
        return [Part(name, is_name=True)]
    # People who answer through an assessment link make a request, but are not signed in.
    by_request = entry.member_id or entry.user_id or entry.request_id
    return [Part("Somebody" if by_request else "The server administrator")]


def app(context: EntryContext) -> list[Part]:
    return [Part(context.app, is_name=True) if context.app else Part("an app")]


def new_name(context: EntryContext) -> list[Part]:
    name = context.remembered.get(NEW_NAME)
    return [Part(name, is_name=True) if name else Part("something else")]


def app_of_owner(context: EntryContext) -> list[Part]:
    owner = context.names.owner(context.entry.connection_id)
    if owner is None or owner == context.entry.member_id:
        return app(context)
    return [*app(context), Part(" of "), Part(context.names.get("member", owner) or "somebody", is_name=True)]


def tool(context: EntryContext) -> list[Part]:
    return [Part(context.remembered.get(SENT_TOOL) or context.entry.tool or "a tool", is_name=True)]


def role(context: EntryContext) -> list[Part]:
    return [Part(str(context.entry.values.get("role", "member")))]


def settings(context: EntryContext) -> list[Part]:
    changed = [SETTINGS.get(field, field) for field in context.entry.fields]
    return joined([[Part(setting)] for setting in changed]) or [Part("nothing in the account's settings")]


def fields(context: EntryContext) -> list[Part]:
    changed = [FIELDS[field] for field in context.entry.fields if field in FIELDS]
    if not changed:
        return [] if context.entry.fields else [Part("nothing in ")]
    return [*joined([[Part(field)] for field in changed]), Part(" in ")]


def tag_change(context: EntryContext) -> list[Part]:
    entry, tags = context.entry, things("tag")(context)
    if "color" in entry.fields:
        first = "renamed and changed " if "label" in entry.fields else "changed "
        return [Part(first), *tags, Part(f" to {entry.values.get('color', 'another colour')}")]
    return [Part("renamed " if "label" in entry.fields else "changed nothing in "), *tags]


def team_change(context: EntryContext) -> list[Part]:
    fields, teams = context.entry.fields, things("team")(context)
    if "people" in fields:
        first = "renamed and changed the people in " if "name" in fields else "changed the people in "
        return [Part(first), *teams]
    return [Part("renamed " if "name" in fields else "changed nothing in "), *teams]


def alias_change(context: EntryContext) -> list[Part]:
    return [
        Part("renamed " if "consumer_key" in context.entry.fields else "changed nothing in "),
        *things("alias")(context),
    ]


def why(context: EntryContext) -> list[Part]:
    entry = context.entry
    if entry.reason == "scope" and entry.scope:
        return [Part(f"it has no {' and no '.join(entry.scope.split())}")]
    return [Part(REASONS.get(entry.reason or "", (entry.reason or "it may not").replace("_", " ")))]


def more_follow(context: EntryContext) -> list[Part]:
    return [Part(". Further attempts may not be recorded today")] if context.entry.values.get(MORE_FOLLOW) else []


def why_token(context: EntryContext) -> list[Part]:
    return why(context) if context.entry.reason else [Part("its access had ended")]


def joined(lists: Sequence[list[Part]]) -> list[Part]:
    """Lists of parts joined as in "a, b and c"."""
    parts: list[Part] = []
    for position, each in enumerate(lists):
        if position:
            parts.append(Part(" and " if position == len(lists) - 1 else ", "))
        parts += each
    return parts


HOLES: dict[str, Callable[[EntryContext], list[Part]]] = {
    "who": who,
    "person": person,
    "app": app,
    "app_of_owner": app_of_owner,
    "new_name": new_name,
    "tool": tool,
    "role": role,
    "settings": settings,
    "fields": fields,
    "tag_change": tag_change,
    "team_change": team_change,
    "alias_change": alias_change,
    "why": why,
    "why_token": why_token,
    "more_follow": more_follow,
    "profiles": things("profile"),
    "people": people,
    "by_what": by_what,
    "model": model,
    "the_log": the_log,
    "the_profiles": the_profiles,
    "limits": limits,
    "scopes": scopes,
    "number_of_entries": number_of_entries,
    "tags": things("tag"),
    "teams": things("team"),
    "aliases": things("alias"),
    "members": things("member"),
    "invitations": things("member_invitation"),
}
