"""The fixed words of the trail's sentences: in which entries each is said, as far as an entry's own columns tell.

A hole in a phrase (models/audit/placeholders.py) brings words of its own, besides names: each hole has them here, with when it says them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Formatter
from typing import Any

from sqlalchemy import Text, and_, cast, false, or_, select, true
from sqlalchemy.sql.elements import ColumnElement

from models.accounts.member import Member
from models.accounts.user import User
from models.audit.placeholders import FIELDS, GONE, KINDS, LIMITS, REASONS, SETTINGS, SOMEBODY_GONE
from models.audit.recorder import MOST_RESOURCES, Action, AuditEntry, Outcome
from models.audit.sentences import CALLS, DEEDS, READS, REFUSALS, TITLES, WHOLE
from models.text import words

PHRASES = (TITLES, DEEDS, REFUSALS, WHOLE)


def of_phrases(word: str) -> Iterator[ColumnElement[bool]]:
    """What was done, by which tool, how it ended and why."""
    yield of_actions({action for phrases in PHRASES for action in with_word(phrases, word)})
    yield from of_calls(word)
    yield AuditEntry.scope.icontains(word, autoescape=True)
    yield AuditEntry.reason.in_(with_word(REASONS, word)) | AuditEntry.reason.icontains(word, autoescape=True)
    for field in with_word(SETTINGS, word) | with_word(FIELDS, word) | with_word(LIMITS, word):
        yield lists(AuditEntry.fields, field)
    yield cast(AuditEntry.fields, Text).icontains(word, autoescape=True)
    for kind in with_word({kind: " ".join(phrases) for kind, phrases in KINDS.items()}, word):
        yield lists(AuditEntry.resources, kind)
    yield AuditEntry.outcome.in_([outcome for outcome in Outcome if outcome.startswith(word)])
    for hole, said in SAID.items():
        if when := [when for phrase, when in said if begins_a_word(phrase, word)]:
            yield and_(has_hole(hole), or_(*when))
    yield from of_unknown(word)


def of_calls(word: str) -> Iterator[ColumnElement[bool]]:
    """What sentences say of tools that did nothing, or nothing that has a phrase."""
    yield AuditEntry.tool.icontains(word, autoescape=True)
    yield AuditEntry.tool.in_(with_word(READS, word))
    ended = with_word(CALLS, word)
    yield (AuditEntry.action == Action.TOOL_CALLED) & AuditEntry.outcome.in_(ended)


def of_unknown(word: str) -> Iterator[ColumnElement[bool]]:
    """Actions of another version of this server: told as they are called."""
    unknown = AuditEntry.action.not_in(list(Action))
    yield unknown & (true() if "did".startswith(word) else AuditEntry.action.icontains(word, autoescape=True))


def said_of_the_gone(word: str) -> bool:
    """Whether this may be said of things because they are gone, which no column of an entry tells."""
    return any(gone.startswith(word) for gone in OF_THE_GONE)


def of_actions(actions: set[str]) -> ColumnElement[bool]:
    """Where this was done, or an app did it by a tool."""
    return or_(
        false(), AuditEntry.action.in_(actions), *(lists(AuditEntry.steps, action) for action in sorted(actions))
    )


def has_hole(hole: str) -> ColumnElement[bool]:
    """Where the phrase has this hole; who did it is said before all but the whole phrases."""
    tools = with_hole(READS, hole)
    calls = (AuditEntry.action == Action.TOOL_CALLED) & AuditEntry.outcome.in_(with_hole(CALLS, hole))
    told = or_(of_actions({action for phrases in PHRASES for action in with_hole(phrases, hole)}), calls)
    told = or_(told, AuditEntry.tool.in_(tools))
    return or_(told, AuditEntry.action.not_in(list(WHOLE))) if hole in {"who", "person"} else told


def with_hole(phrases: Mapping[Any, str], hole: str) -> set[str]:
    return {
        str(key) for key, phrase in phrases.items() if hole in {each for _, each, _, _ in Formatter().parse(phrase)}
    }


def with_word(phrases: Mapping[Any, str], word: str) -> set[str]:
    """The keys whose phrase has a word that begins like this."""
    return {str(key) for key, phrase in phrases.items() if begins_a_word(phrase, word)}


def begins_a_word(phrase: str, word: str) -> bool:
    return any(each.startswith(word) for each in words(phrase))


def lists(column: Any, word: str) -> ColumnElement[bool]:
    """Where this word stands in a column of JSON, among its names or values."""
    return cast(column, Text).contains(f'"{word}"', autoescape=True)


def no_field() -> ColumnElement[bool]:
    return cast(AuditEntry.fields, Text) == "[]"


def nobody() -> ColumnElement[bool]:
    """Where no request of anybody is behind it."""
    return and_(AuditEntry.member_id.is_(None), AuditEntry.user_id.is_(None), AuditEntry.request_id.is_(None))


def no_name() -> ColumnElement[bool]:
    named = select(Member.id).join(User, User.id == Member.user_id).where(User.name != "")
    named = named.where(Member.account_id == AuditEntry.account_id)
    return ~nobody() & or_(AuditEntry.member_id.is_(None), AuditEntry.member_id.not_in(named))


KNOWN_WORDS = {word for one, several, many in KINDS.values() for word in words(f"{one} {several} {many}")}
# "profile" and such are found by the kind of the things.
OF_THE_GONE = {*words(" ".join([*GONE.values(), SOMEBODY_GONE, "deleted"]))} - KNOWN_WORDS

A_PERSON = (("Somebody", no_name()), ("The operator of this server", nobody()))
AN_APP = (("an app", true()),)
WHY = (("it may not", AuditEntry.reason.is_(None)), ("it has no and no", AuditEntry.reason == "scope"))
MORE_THAN = (("more than", AuditEntry.resource_count > MOST_RESOURCES),)
NOTHING = (("nothing", no_field()),)

SAID: dict[str, tuple[tuple[str, ColumnElement[bool]], ...]] = {
    "who": (*A_PERSON, ("an app for", AuditEntry.connection_id.is_not(None))),
    "person": A_PERSON,
    "app": AN_APP,
    "app_of_owner": (*AN_APP, ("of", true())),
    "tool": (("a tool", AuditEntry.tool.is_(None)),),
    "role": (("member", ~lists(AuditEntry.values, "role")),),
    "settings": (("nothing in the account's settings", no_field()),),
    "fields": (*NOTHING, ("in", true())),
    "tag_change": (
        ("renamed", lists(AuditEntry.fields, "label")),
        ("changed to", lists(AuditEntry.fields, "color")),
        ("another colour", lists(AuditEntry.fields, "color") & ~lists(AuditEntry.values, "color")),
        ("changed nothing in", ~lists(AuditEntry.fields, "label") & ~lists(AuditEntry.fields, "color")),
    ),
    "why": WHY,
    "why_token": (*WHY, ("its access had ended", AuditEntry.reason.is_(None))),
    "profiles": (*MORE_THAN, ("no profiles", true())),
    "people": (*MORE_THAN, ("people", true()), ("somebody", ~lists(AuditEntry.resources, "profile"))),
    "by_what": (("by from the scores", lists(AuditEntry.values, "model")),),
    "model": (("at without a name", true()),),
    "the_trail": (
        ("the audit trail", true()),
        ("part of", lists(AuditEntry.values, "filtered")),
    ),
    "the_profiles": (
        ("some of the profiles", lists(AuditEntry.values, "filtered")),
        ("all profiles", ~lists(AuditEntry.values, "filtered")),
    ),
    "limits": NOTHING,
    "scopes": (("nothing", true()),),
    "number_of_entries": (("entry entries", true()),),
    "tags": (*MORE_THAN, ("no tags", true())),
    "aliases": (*MORE_THAN, ("no aliases", true())),
    "members": (*MORE_THAN, ("no members", true())),
    "invitations": (*MORE_THAN, ("no people", true())),
}
