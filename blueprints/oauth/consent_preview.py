"""What an app could see and change if its request were allowed as the consent page is filled in, in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from blueprints.forms.connection_limits import LimitsForm, labels
from models.connections import Connection, ConnectionPolicy, tag_sets
from models.database import Page, in_account
from models.oauth import ConsentRequest, offered_scopes
from models.permissions import SCOPE_COVERS, Permission
from models.profiles import profile_page
from models.request_scope import NO_LIMITS, Limits, current_scope

NOTHING = "Nothing"


@dataclass(frozen=True)
class Reach:
    """What the app could see and change, in short phrases."""

    sees: list[str]
    changes: list[str]


def preview(consent: ConsentRequest, denied: frozenset[str], form: LimitsForm) -> Reach:
    """The reach of the app if the person allowed it with these Deny boxes ticked and these limits."""
    member, known = consent.member, Connection.between(consent.member, consent.client)
    scopes = (consent.offered - denied) & offered_scopes(member, consent.client, consent.scope)
    may = frozenset(each for scope in scopes for each in SCOPE_COVERS[scope] if member.may(each))
    with in_account(member.account_id):
        limits = (known.limits if known else limits_in(form)).within(ConnectionPolicy.of(member.account_id).limits)
        everyone = find_people(member.account_id, NO_LIMITS)
        seen = find_people(member.account_id, limits) if limits.only_tags else None
        tags = len(labels(member.account_id))
    sees = [*describe_seen(may, limits, count_in_words(everyone, seen), tags)]
    changes = [] if limits.read_only else [*describe_changed(may, count_in_words(seen or everyone), tags, seen)]
    return Reach(sees or [NOTHING], changes or [NOTHING])


def limits_in(form: LimitsForm) -> Limits:
    """The limits in a form that was not checked yet, as far as they change its reach. Tags that do not exist here do not count."""
    here = {value for value, *_ in form.only_tags.iter_choices()}
    tags = [tag for tag in form.only_tags.data or () if tag in here]
    return Limits(bool(form.read_only.data), bool(form.hide_contact.data), tag_sets(tags or None))


def find_people(account_id: UUID, limits: Limits) -> Page:
    """The list of people that the app would get. It counts up to ten thousand, so its cost does not grow with the account."""
    with current_scope().limited_to(limits):
        return profile_page(account_id, limit=1)


def count_in_words(everyone: Page, seen: Page | None = None) -> str:
    noun = "person" if everyone.total == 1 else "people"
    return f"{number(seen)} of {number(everyone)} {noun}" if seen else f"{number(everyone)} {noun}"


def number(page: Page) -> str:
    return f"{page.total:,}" if page.total_is_exact else f"more than {page.total:,}"


def describe_seen(may: frozenset[Permission], limits: Limits, people: str, tags: int) -> Iterator[str]:
    if Permission.SEE_PROFILES in may:
        yield f"{people}, without e-mail and phone" if limits.hide_contact else f"{people}, with e-mail and phone"
    if Permission.SEE_TAGS in may:
        yield "1 tag" if tags == 1 else f"{tags:,} tags"
    if Permission.SEE_ACCOUNT in may:
        yield "settings"


def describe_changed(may: frozenset[Permission], people: str, tags: int, seen: Page | None) -> Iterator[str]:
    if Permission.EDIT_PROFILES in may:
        yield f"{people}, also delete and invite"
    if Permission.MANAGE_TAGS in may:
        # Under a limit to tags, it can change the tags of these people, but not rename or delete all tags.
        yield f"tags of {people}" if seen else "1 tag" if tags == 1 else f"{tags:,} tags"
    if Permission.CHANGE_ACCOUNT in may:
        yield "settings"
    elif Permission.MANAGE_ALIASES in may:
        yield "aliases"
