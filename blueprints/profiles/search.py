"""The search of the list of profiles, as its address encodes it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from flask import request, url_for
from flask_babel import gettext as _

from blueprints.forms.inputs import MOST_TAGS, at_most_profiles, choice, read_id, read_short_id, short_id
from blueprints.forms.pagination import searched
from models.errors import Invalid
from models.instruments import DISC_SCALES
from models.profiles.listing import SORTS
from models.profiles.profile import STATUSES

LETTERS = "".join(DISC_SCALES).upper()
# The beginning of a list has pages by number; after them it goes on from the last row, at any length.
NUMBERED = 20


@dataclass(frozen=True)
class Search:
    """Words, tags, status and style that a profile must have, the order, where the page starts, and the selected people."""

    words: str = ""
    tag_ids: tuple[uuid.UUID, ...] = ()
    status: str = ""
    letters: str = ""
    """Letters that the DISC style must have, in the order D, I, S, C."""
    sort: str = "name"
    cursor: str = ""
    page: int = 1
    selected: tuple[uuid.UUID, ...] = ()
    """People who were ticked, on this page or on others. They stay selected until they are cleared."""

    @classmethod
    def of_request(cls) -> Self:
        """The search in this page's address; raises `Invalid` for values that none of our forms send."""
        given = request.args
        tags = given.getlist("tag")
        if len(tags) > MOST_TAGS:
            raise Invalid("tag", _("Filter by at most %(most)s tags.", most=MOST_TAGS))
        return cls(
            words=searched(),
            tag_ids=tuple(dict.fromkeys(read_id("tag", tag) for tag in tags)),
            status=choice("status", given, ("", *STATUSES)),
            letters=given_letters(given.getlist("style")),
            # The heading of a column sorts by it, whatever the field beside the filters says.
            sort=choice("by" if "by" in given else "sort", given, SORTS),
            cursor=given.get("cursor", ""),
            page=given_page(given.get("page", "1")),
            selected=at_most_profiles(given_ids(given.get("selected", ""), given.getlist("profile"))),
        )

    @property
    def filters(self) -> bool:
        """Whether it filters out any profiles."""
        return bool(self.words or self.tag_ids or self.status or self.letters)

    def url(self, **changes: Any) -> str:
        """The list's address with this search and these changes."""
        return replace(self, **changes).address("profiles.profiles")

    @property
    def everybody_url(self) -> str:
        """The address of the whole list, with the same people selected."""
        return Search(selected=self.selected).address("profiles.profiles")

    @property
    def export_url(self) -> str:
        """The address of the CSV file with everything this search finds."""
        return replace(self, cursor="", page=1, selected=()).address("profiles.export_profiles")

    def address(self, endpoint: str) -> str:
        """The address of a page with this search."""
        return url_for(
            endpoint,
            search=self.words or None,
            tag=self.tag_ids or None,
            status=self.status or None,
            style=list(self.letters) or None,
            sort=None if self.sort == SORTS[0] else self.sort,
            cursor=self.cursor or None,
            page=self.page if self.page > 1 else None,
            selected=written_ids(self.selected) or None,
        )


def given_letters(styles: list[str]) -> str:
    """The letters in these styles; raises `Invalid` for any other."""
    letters = set("".join(styles).upper())
    if not letters <= set(LETTERS):
        raise Invalid("style", _("A DISC style has the letters D, I, S and C."))
    return "".join(letter for letter in LETTERS if letter in letters)


def given_page(number: str) -> int:
    """A page by number; raises `Invalid` for one that this list does not have."""
    if not (number.isascii() and number.isdigit() and len(number) < 3 and 1 <= int(number) <= NUMBERED):
        raise Invalid("page", _("The page must be a number from 1 to %(last)s.", last=NUMBERED))
    return int(number)


def given_ids(elsewhere: str, here: list[str]) -> list[uuid.UUID]:
    """The people who were selected on other pages, and those who are ticked on this one."""
    return [read_short_id("profile", value) for value in [*filter(None, elsewhere.split(".")), *here]]


def written_ids(ids: Iterable[uuid.UUID]) -> str:
    """Ids in one value of an address."""
    return ".".join(map(short_id, ids))
