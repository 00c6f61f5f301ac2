"""Somebody whom a file wants to be invited."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from models.profiles.importing.files import Row
from models.profiles.importing.row import RULES, Draft, name_twins
from models.profiles.importing.scores import shown
from models.text import full_name

READ = {column: RULES[column] for column in ("email", "first_name", "last_name", "custom_id")}

OUTCOMES = {
    "new": "A new profile, invited",
    "known": "Has a profile; invited",
    "again": "Has results; asked again",
    "renewed": "Already invited, no answer; sent again",
    "wrong": "Left out",
}
"""What will happen to a person of a file."""


@dataclass
class Guest(Draft):
    """One row: who it is, and what will happen to them."""

    outcome: str = ""
    typed: str = ""
    """What the file has for an address, where it is none."""
    against: list[str] = field(default_factory=list)
    """What is wrong with it only because of what is in the account."""
    profile_id: uuid.UUID | None = None
    """The profile that the address has already."""

    @classmethod
    def all_of(cls, rows: Iterable[Row]) -> list[Guest]:
        """What the rows of a file say; what is wrong with one is collected, not raised."""
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
        guest.typed = "" if "email" in guest.texts else shown(row.values.get("email", ""))
        return guest

    def kept(self) -> dict[str, Any]:
        """The guest as JSON, for the time until the file is confirmed."""
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
    def told(cls, kept: dict[str, Any]) -> Guest:
        """The guest again, as it was kept."""
        return cls(**kept)

    @property
    def reasons(self) -> list[str]:
        """Why nothing can happen to them."""
        return self.wrong + self.against

    @property
    def person(self) -> uuid.UUID:
        """The profile that the address has, or has got."""
        assert self.profile_id is not None
        return self.profile_id

    @property
    def name(self) -> str:
        """First and last name, as far as the file says."""
        return full_name(self.texts.get("first_name", ""), self.texts.get("last_name", ""))


def counted(guests: Iterable[Guest]) -> dict[str, int]:
    """How many there are of each outcome."""
    found = Counter(guest.outcome for guest in guests)
    return {outcome: found[outcome] for outcome in OUTCOMES}
