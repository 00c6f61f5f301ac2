"""What an app could see and change under given scopes and limits, in numbers: for pages on which people choose them."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass, replace
from uuid import UUID

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from blueprints.forms.connection_limits import labels
from models.accounts import Member
from models.database import Page, in_account
from models.permissions import SCOPE_COVERS, Permission
from models.profiles import profile_page
from models.request_scope import Limits, current_scope


@dataclass(frozen=True)
class Reach:
    """What an app could see and change, in short phrases."""

    sees: list[str]
    changes: list[str]


def reach_of(member: Member, scopes: Set[str], limits: Limits) -> Reach:
    """The reach of an app of this member with these scopes, within these limits and those of the member."""
    may = frozenset(each for scope in scopes for each in SCOPE_COVERS[scope] if member.may(each))
    limits = replace(limits, member=member.limits.member, decoy=member.limits.decoy)
    with in_account(member.account_id):
        everyone = find_people(member.account_id, member.limits)
        seen = find_people(member.account_id, limits) if limits.only_tags else None
        tags = len(labels(member.account_id))
    sees = [*describe_seen(may, limits, count_in_words(everyone, seen), tags)]
    changes = [] if limits.read_only else [*describe_changed(may, count_in_words(seen or everyone), tags, seen)]
    return Reach(sees or [_("Nothing")], changes or [_("Nothing")])


def find_people(account_id: UUID, limits: Limits) -> Page:
    """The list of people that the app would get. It counts up to ten thousand, so its cost does not grow with the account."""
    with current_scope().limited_to(limits):
        return profile_page(account_id, limit=1)


def count_in_words(everyone: Page, seen: Page | None = None) -> str:
    if seen:
        return str(
            ngettext(
                "%(seen)s of %(everyone)s person",
                "%(seen)s of %(everyone)s people",
                everyone.total,
                seen=number(seen),
                everyone=number(everyone),
            )
        )
    return str(ngettext("%(everyone)s person", "%(everyone)s people", everyone.total, everyone=number(everyone)))


def number(page: Page) -> str:
    counted = format_decimal(page.total)
    return str(counted if page.total_is_exact else _("more than %(number)s", number=counted))


def tags_in_words(tags: int) -> str:
    return str(ngettext("%(shown)s tag", "%(shown)s tags", tags, shown=format_decimal(tags)))


def describe_seen(may: frozenset[Permission], limits: Limits, people: str, tags: int) -> Iterator[str]:
    if Permission.SEE_PROFILES in may and limits.hide_contact:
        yield _("%(people)s, without e-mail and phone", people=people)
    elif Permission.SEE_PROFILES in may:
        yield _("%(people)s, with e-mail and phone", people=people)
    if Permission.SEE_TAGS in may:
        yield tags_in_words(tags)
    if Permission.SEE_ACCOUNT in may:
        yield _("settings")


def describe_changed(may: frozenset[Permission], people: str, tags: int, seen: Page | None) -> Iterator[str]:
    if Permission.EDIT_PROFILES in may:
        yield _("%(people)s, also delete and invite", people=people)
    if Permission.MANAGE_TAGS in may:
        # Under a limit to tags, it can change the tags of these people, but not rename or delete all tags.
        yield _("tags of %(people)s", people=people) if seen else tags_in_words(tags)
    if Permission.CHANGE_ACCOUNT in may:
        yield _("settings")
    elif Permission.MANAGE_ALIASES in may:
        yield _("aliases")
