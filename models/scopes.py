"""What an app can ask for, in sentences that help a person decide. Programs get them in English; pages translate them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, TypeDecorator

PROFILES_READ = "profiles:read"
PROFILES_WRITE = "profiles:write"
TAGS_MANAGE = "tags:manage"
ACCOUNT_READ = "account:read"
ACCOUNT_WRITE = "account:write"


@dataclass(frozen=True)
class Scope:
    """One thing an app can ask for. `opens` is its text on the consent page, and `group` its place there.

    `question` is something to ask an assistant that has it; it names nobody, so that it makes sense in any account.
    """

    name: str
    sentence: str
    opens: str
    group: str
    question: str


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope(
            PROFILES_READ,
            "See people's profiles",
            "Names, e-mail addresses, phone numbers, assessment scores and debriefs.",
            "See",
            "Which people finished an assessment last? Compare the two latest.",
        ),
        Scope(
            PROFILES_WRITE,
            "Invite people, and change or delete profiles",
            "Send assessments, change names and phone numbers, delete profiles.",
            "Delete or send",
            "Invite somebody to an assessment. Ask me for the name and e-mail address first.",
        ),
        Scope(
            TAGS_MANAGE,
            "Manage tags",
            "See, create, change and delete tags, also on profiles.",
            "Change",
            "Which tags do we have, and how many people have each?",
        ),
        Scope(
            ACCOUNT_READ,
            "See account settings",
            "The account's name, its assessments and settings, and resource aliases.",
            "See",
            "Which assessments does our account use?",
        ),
        Scope(
            ACCOUNT_WRITE,
            "Change account settings and aliases",
            "Its name and assessments. Create, change and delete resource aliases.",
            "Change",
            "Give a profile an alias. Ask me which profile and which alias first.",
        ),
    )
}

GROUPS = ("See", "Change", "Delete or send")
ALL_SCOPES = frozenset(SCOPES)
READING = frozenset({PROFILES_READ, TAGS_MANAGE, ACCOUNT_READ})
"""The scopes that allow reading something. The others alone are useless to an app that may only read."""


def parse_scopes(text: str) -> frozenset[str]:
    """The scopes in a space-separated list (RFC 6749 §3.3); repeated names count once."""
    return frozenset(text.split())


def format_scopes(scopes: Iterable[str]) -> str:
    """Scopes as a space-separated list, always in the order of the table above."""
    given = frozenset(scopes)
    return " ".join(name for name in SCOPES if name in given)


class ScopeSet(TypeDecorator[frozenset[str]]):
    """A set of scopes in one text column, in the form of the protocol."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: frozenset[str] | None, _dialect: Any) -> str | None:
        return None if value is None else format_scopes(value)

    def process_result_value(self, value: str | None, _dialect: Any) -> frozenset[str] | None:
        return None if value is None else parse_stored(value)


# Every call of an app reads a few, and they are written in one order: there are no more than subsets of the table above.
parse_stored = lru_cache(maxsize=1 << len(SCOPES))(parse_scopes)
