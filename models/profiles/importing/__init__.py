"""Importing a file of people: every row is checked first, then all of them are written, or none."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models.audit import Action, record
from models.database import Base, db, new_id, now
from models.profiles.alias import Alias
from models.profiles.importing.files import Fault, Faulty, Row, foreign, read_rows
from models.profiles.importing.row import COLUMNS, Draft, name_twins
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.result import Result
from models.profiles.tag import Tag

__all__ = ["NEW_TAG_COLOR", "Fault", "Faulty", "Import", "Progress", "read_rows"]

BATCH = 1_000
NEW_TAG_COLOR = "zinc"

T = TypeVar("T")
Progress = Callable[[int], None]


@dataclass
class Import:
    """The people of one file for one account. First `check`, then `write`; both report how many rows they have processed."""

    account_id: uuid.UUID
    rows: Sequence[Row]
    drafts: list[Draft] = field(default_factory=list)
    new_tags: list[str] = field(default_factory=list)

    @property
    def passed_over(self) -> list[str]:
        """The columns of the file that are left out."""
        return foreign(self.rows, COLUMNS)

    def check(self, progress: Progress) -> None:
        """Check every row; raises `Faulty` with all of the faults, in the order of the lines."""
        for rows in batches(self.rows):
            self.drafts += [Draft.of(row) for row in rows]
            progress(len(rows))
        name_twins(self.drafts)
        self._name_known()
        if faults := [fault for draft in self.drafts for fault in draft.faults]:
            raise Faulty(*faults)

    def write(self, progress: Progress) -> int:
        """Write everything, with one entry in the account's audit log; returns the number of new profiles."""
        tags = self._tags()
        written: list[uuid.UUID] = []
        try:
            for drafts in batches(self.drafts):
                written += self._write_batch(drafts, tags)
                progress(len(drafts))
        except IntegrityError:
            db.session.rollback()
            raise Faulty(
                Fault(1, "The account was changed during the import, so nothing was imported. Run it again.")
            ) from None
        record(Action.PROFILES_IMPORTED, *(("profile", profile_id) for profile_id in written))
        return len(written)

    def _name_known(self) -> None:
        """Mark rows about people in the account, or with custom ids that are taken."""
        emails = {draft.email_key: draft for draft in self.drafts if draft.email_key}
        for taken in self._taken(Profile, Profile.email_key, list(emails)):
            emails[taken].wrong.append(f"{emails[taken].texts['email']} already has a profile in this account.")
        custom_ids = {draft.texts["custom_id"]: draft for draft in self.drafts if "custom_id" in draft.texts}
        for taken in self._taken(Alias, Alias.consumer_key, list(custom_ids)):
            custom_ids[taken].wrong.append("This custom id already belongs to another profile in this account.")

    def _taken(self, table: type[Profile] | type[Alias], column: Any, wanted: list[str]) -> Iterator[str]:
        for some in batches(wanted):
            yield from db.session.scalars(select(column).where(table.account_id == self.account_id, column.in_(some)))

    def _tags(self) -> dict[str, uuid.UUID]:
        """The account's tags by key, including those that the file adds."""
        known = {tag.label_key: tag.id for tag in Tag.all_in(self.account_id)}
        for key, label in sorted({key: label for draft in self.drafts for key, label in draft.tags.items()}.items()):
            if key not in known:
                known[key] = Tag.create(self.account_id, label, NEW_TAG_COLOR).id
                self.new_tags.append(label)
        return known

    def _write_batch(self, drafts: Sequence[Draft], tags: dict[str, uuid.UUID]) -> list[uuid.UUID]:
        profiles = Profile.add_quietly(self.account_id, [(draft.texts, draft.results) for draft in drafts])
        rows: dict[type[Base], list[dict[str, Any]]] = {ProfileTag: [], Alias: [], Result: []}
        for draft, profile_id in zip(drafts, profiles, strict=True):
            whose = {"account_id": self.account_id, "profile_id": profile_id}
            rows[ProfileTag] += [{**whose, "tag_id": tags[key]} for key in draft.tags]
            rows[Result] += [result_row(whose, *result) for result in draft.results.items()]
            if custom_id := draft.texts.get("custom_id"):
                rows[Alias].append(alias_row(self.account_id, profile_id, custom_id))
        for table, several in rows.items():
            if several:
                db.session.connection().execute(insert(table), several)
        return profiles


def result_row(whose: dict[str, uuid.UUID], assessment: str, scores: dict[str, Any]) -> dict[str, Any]:
    # The file does not say which instrument it was.
    return {
        **whose,
        "id": new_id(),
        "assessment": assessment,
        "instrument": f"{assessment}-imported",
        "scores": scores,
        "created_at": now(),
    }


def alias_row(account_id: uuid.UUID, profile_id: uuid.UUID, custom_id: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "account_id": account_id,
        "resource_type": "profile",
        "resource_id": profile_id,
        "consumer_key": custom_id,
        "created_at": now(),
    }


def batches(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[begin : begin + BATCH] for begin in range(0, len(rows), BATCH))
