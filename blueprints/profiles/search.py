"""The search of the list of profiles, as its address encodes it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from itertools import permutations
from typing import Any, Self

from flask import request, url_for

from blueprints.forms.inputs import MOST_TAGS, choice, read_id
from blueprints.forms.pagination import searched
from models.errors import Invalid
from models.instruments import DISC_SCALES
from models.profiles.listing import SORTS
from models.profiles.profile import STATUSES

STYLES = tuple("".join(letters).upper() for size in range(1, 5) for letters in permutations(DISC_SCALES, size))
STYLE_CHOICES = {"": "Any"} | {style: style for style in STYLES}


@dataclass(frozen=True)
class Search:
    """Words, tags, status and style that a profile must have, the order, and where the page starts."""

    words: str = ""
    tag_ids: tuple[uuid.UUID, ...] = ()
    status: str = ""
    style: str = ""
    sort: str = "name"
    cursor: str = ""

    @classmethod
    def of_request(cls) -> Self:
        """The search in this page's address; raises `Invalid` for values that none of our forms send."""
        given = request.args
        tags = given.getlist("tag")
        if len(tags) > MOST_TAGS:
            raise Invalid("tag", f"Filter by at most {MOST_TAGS} tags.")
        return cls(
            words=searched(),
            tag_ids=tuple(dict.fromkeys(read_id("tag", tag) for tag in tags)),
            status=choice("status", given, ("", *STATUSES)),
            style=choice("style", given, ("", *STYLES)),
            sort=choice("sort", given, SORTS),
            cursor=given.get("cursor", ""),
        )

    @property
    def filters(self) -> bool:
        """Whether it filters out any profiles."""
        return bool(self.words or self.tag_ids or self.status or self.style)

    def url(self, **changes: Any) -> str:
        """The list's address with this search and these changes."""
        return replace(self, **changes).address("profiles.profiles")

    @property
    def export_url(self) -> str:
        """The address of the CSV file with everything this search finds."""
        return replace(self, cursor="").address("profiles.export_profiles")

    def address(self, endpoint: str) -> str:
        """The address of a page with this search."""
        return url_for(
            endpoint,
            search=self.words or None,
            tag=self.tag_ids or None,
            status=self.status or None,
            style=self.style or None,
            sort=None if self.sort == SORTS[0] else self.sort,
            cursor=self.cursor or None,
        )
