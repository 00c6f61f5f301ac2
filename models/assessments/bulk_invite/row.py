"""One person in a file of people to invite."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import lazy_gettext

from models.profiles.importing.files import Row
from models.profiles.importing.row import RULES, Draft, name_twins
from models.profiles.importing.scores import printable
from models.text import full_name

READ = {column: RULES[column] for column in ("email", "first_name", "last_name", "custom_id")}

OUTCOMES = {
    "new": lazy_gettext("A new profile, invited"),
    "known": lazy_gettext("Has a profile; invited"),
    "again": lazy_gettext("Has results; asked again"),
    "renewed": lazy_gettext("Already invited, no answer; sent again"),
    "wrong": lazy_gettext("Left out"),
}
"""What will happen to a person of a file."""


@dataclass
class Guest(Draft):
    """One row: who it is, and what will happen to them."""

    outcome: str = ""
    typed: str = ""
    """The text in the address column if it is not an address."""
    against: list[str] = field(default_factory=list)
    """The fault that the row has only because of the contents of the account."""
    profile_id: uuid.UUID | None = None
    """The profile that already has the address."""

    @classmethod
    def all_of(cls, rows: Iterable[Row]) -> list[Guest]:
        """The rows of a file as guests. Faults in a row are collected, not raised."""
        guests = [cls.of(row) for row in rows]
        name_twins(guests)
        return guests

    @classmethod
    def of(cls, row: Row) -> Guest:
        guest = cls(row.line)
        if "" in row.values:
            guest.wrong.append(row.values[""])
            return guest
        for column, rule in READ.items():
            guest.read(column, row.values.get(column), rule)
        guest.read_tags(row.values.get("tags"))
        guest.typed = "" if "email" in guest.texts else printable(row.values.get("email", ""))
        return guest

    def as_json(self) -> dict[str, Any]:
        """The guest as JSON, until the file is confirmed."""
        return {
            "line": self.line,
            "texts": self.texts,
            "tags": self.tags,
            "wrong": self.wrong,
            "against": self.against,
            "outcome": self.outcome,
            "typed": self.typed,
        }

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Guest:
        """The guest, from its stored JSON."""
        return cls(**kept)

    @property
    def reasons(self) -> list[str]:
        """Why nothing can happen to them."""
        return self.wrong + self.against

    @property
    def person(self) -> uuid.UUID:
        """The profile of this address, existing or new."""
        assert self.profile_id is not None
        return self.profile_id

    @property
    def name(self) -> str:
        """First and last name, as far as the file has them."""
        return full_name(self.texts.get("first_name", ""), self.texts.get("last_name", ""))


def counted(guests: Iterable[Guest]) -> dict[str, int]:
    """The number of guests for each outcome."""
    found = Counter(guest.outcome for guest in guests)
    return {outcome: found[outcome] for outcome in OUTCOMES}
