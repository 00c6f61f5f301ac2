"""A profile: one person whose results a team keeps."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import DataExport
from models.audit import Action, BeforeImage, creation, deletion, difference, record, stored
from models.database import (
    AccountRow,
    Base,
    Id,
    Moment,
    PreparedRows,
    SortText,
    change,
    db,
    new_id,
    now,
    table_of,
    unique,
)
from models.errors import Invalid, NotFound
from models.profiles.restrictions import visible
from models.request_scope import current_scope
from models.text import (
    beginnings,
    email_address,
    email_key,
    family_first,
    full_name,
    joined_beginnings,
    line,
    sort_key,
    typed_phone,
)

TAKEN_OUTSIDE = lazy_gettext("This address cannot be used here. A profile may have it already. Ask an Owner.")
FIRST_NAME, LAST_NAME, PHONE = lazy_gettext("A first name"), lazy_gettext("A last name"), lazy_gettext("A phone number")
STATUSES = ("pending", "completed")
NAMELESS = "\U0010ffff"
"""For callers who cannot see addresses, people without a name come after all others."""


class Profile(AccountRow, Base):
    """A person in an account: how to reach them and, after they have answered, their results."""

    __tablename__ = "profile"

    id: Mapped[Id]
    email: Mapped[str]
    email_key: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="pending")
    disc_style: Mapped[str | None]
    """The style of the current DISC result, stored here so that lists can filter by it."""
    completed_at: Mapped[datetime | None]
    comment: Mapped[str] = mapped_column(default="", server_default="")
    """What the person wrote beside their own report, by their link. Members read it; no app and no language model gets it."""
    commented_at: Mapped[datetime | None]
    created_at: Mapped[Moment]
    updated_at: Mapped[Moment]
    sort_name: Mapped[str] = mapped_column(SortText)
    name_key: Mapped[str] = mapped_column(SortText, default=NAMELESS, server_default="")
    """The sort key for callers who cannot see addresses, since an order reveals much of what it is made from."""
    name_text: Mapped[str] = mapped_column(default="", server_default="")
    """The words of first and last name alone, for callers who cannot see addresses."""
    search_text: Mapped[str]
    """The search words of this profile, made the same way on both databases."""

    __table_args__ = (
        CheckConstraint("status IN ('pending', 'completed')", name="status"),
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "email_key"),
        Index("ix_profile_name", "account_id", "sort_name", "id"),
        Index("ix_profile_name_key", "account_id", "name_key", "id"),
        Index("ix_profile_completed", "account_id", "completed_at", "id"),
        Index("ix_profile_status", "account_id", "status", "sort_name", "id"),
        Index("ix_profile_style", "account_id", "disc_style", "sort_name", "id"),
    )

    @classmethod
    def create(
        cls, account_id: uuid.UUID, email: str, first_name: str = "", last_name: str = "", phone: str = ""
    ) -> Self:
        """Create a profile without results; raises `Invalid` if the address is already in this account."""
        address = email_address(email)
        profile = cls(
            account_id=account_id,
            email=address,
            email_key=email_key(address),
            first_name=first_name_of(first_name),
            last_name=last_name_of(last_name),
            phone=phone_of(phone),
            created_at=now(),
            updated_at=now(),
        )
        profile.refresh_search()
        with unique(cls.email_key, known(address)):
            db.session.add(profile)
        record(Action.PROFILE_CREATED, ("profile", profile.id), kept=creation(profile))
        return profile

    @classmethod
    def add_quietly(
        cls, account_id: uuid.UUID, people: Iterable[tuple[Mapping[str, str], Mapping[str, Any]]]
    ) -> list[uuid.UUID]:
        """Add many profiles at once, without entries: the caller records them all in one. Returns their ids.

        `people` are pairs of checked texts (email, first_name, last_name, phone) and results by assessment, which make
        a profile completed. A taken address raises an `IntegrityError`.
        """
        rows = [cls._row(account_id, texts, results) for texts, results in people]
        if rows:
            db.session.connection().execute(insert(cls), rows)
        return [row["id"] for row in rows]

    @classmethod
    def _row(cls, account_id: uuid.UUID, texts: Mapping[str, str], results: Mapping[str, Any]) -> dict[str, Any]:
        moment, name = now(), {part: texts.get(part, "") for part in ("first_name", "last_name", "email")}
        return {
            "id": new_id(),
            "account_id": account_id,
            **name,
            "email_key": email_key(name["email"]),
            "phone": texts.get("phone", ""),
            "status": "completed" if results else "pending",
            "disc_style": results["disc"]["style"] if "disc" in results else None,
            "completed_at": moment if results else None,
            "created_at": moment,
            "updated_at": moment,
            **search_columns(**name),
        }

    @classmethod
    def find(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> Profile:
        """The profile with this id in this account; raises `NotFound`."""
        if limited := [*visible(cls.id, cls.account_id)]:
            statement = select(cls).where(cls.account_id == account_id, cls.id == profile_id, *limited)
            profile = db.session.scalar(statement)
        else:
            profile = ROWS.find(profile_id) if account_id == current_scope().account_id else None
        if profile is None:
            raise NotFound(_("There is no profile with this id in this account."))
        return profile

    @classmethod
    def by_email(cls, account_id: uuid.UUID, email: str) -> Self | None:
        """The profile with this address in this account, in any capitalisation."""
        statement = select(cls).where(cls.account_id == account_id, cls.email_key == email_key(email))
        return db.session.scalar(statement.where(*visible(cls.id, cls.account_id)))

    @classmethod
    def ids_by_email(cls, account_id: uuid.UUID, emails: Iterable[str]) -> dict[str, uuid.UUID]:
        """The profiles in this account with one of these addresses, in any capitalisation: their ids, by address."""
        keys = {email: email_key(email) for email in emails}
        wanted = (cls.account_id == account_id, cls.email_key.in_(keys.values()), *visible(cls.id, cls.account_id))
        found = dict(db.session.execute(select(cls.email_key, cls.id).where(*wanted)).all())
        return {email: found[key] for email, key in keys.items() if key in found}

    @property
    def name(self) -> str:
        """First and last name, or the e-mail address while neither is known."""
        return full_name(self.first_name, self.last_name) or self.email

    def update(
        self,
        first_name: str | None = None,
        last_name: str | None = None,
        phone: str | None = None,
        email: str | None = None,
    ) -> list[str]:
        """Change the given fields and leave the rest; returns the names of the fields that changed."""
        wanted = {
            "first_name": None if first_name is None else first_name_of(first_name),
            "last_name": None if last_name is None else last_name_of(last_name),
            "phone": None if phone is None else phone_of(phone),
            "email": None if email is None else email_address(email),
        }
        before = stored(self)
        with unique(Profile.email_key, known(wanted["email"])):
            changed = change(self, wanted)
            # The time of the last change must not reveal whether a given phone number equals the stored one.
            if changed or current_scope().limits.hide_contact:
                self.email_key, self.updated_at = email_key(self.email), now()
                self.refresh_search()
        record(Action.PROFILE_CHANGED, ("profile", self.id), fields=changed, kept=difference(self, before))
        return changed

    def set_comment(self, text: str) -> None:
        """Show this comment of the person beside their report; an empty one removes it."""
        if text != self.comment:
            self.comment, self.commented_at = text, now() if text else None
            record(Action.COMMENT_WRITTEN if text else Action.COMMENT_DELETED, ("profile", self.id))

    def delete(self, *, permanently: bool = False) -> None:
        """Delete the profile with everything that belongs to it; exports that contain it are removed.

        For thirty days it can be brought back, unless it is deleted `permanently`: then no image of it is left either.
        Call `delete_profile` of models/assessments/removal_request.py, which knows what the person asked for.
        """
        record(Action.PROFILE_DELETED, ("profile", self.id), kept=[] if permanently else deletion(self))
        if permanently:
            BeforeImage.erase_person(self.account_id, self.id)
        DataExport.outdate(self.account_id)
        db.session.delete(self)
        db.session.flush()

    def refresh_search(self) -> None:
        for column, text in search_columns(self.first_name, self.last_name, self.email).items():
            setattr(self, column, text)

    def as_dict(self) -> dict[str, Any]:
        """The profile's own fields, without results, tags and aliases."""
        return {
            "id": str(self.id),
            "email": self.email,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "phone": self.phone,
            "status": self.status,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "completed_at": self.completed_at,
        }


class ProfileCount(Base):
    """The number of profiles in an account.

    Triggers update it: counting ten thousand took a quarter of a call that lists twenty.
    """

    __tablename__ = "profile_count"

    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    profiles: Mapped[int]


class ProfileWord(AccountRow, Base):
    """A word that search finds a profile by. Triggers keep these rows in step with `profile.search_text`.

    This is a table of words and not a full-text index: row-level security on PostgreSQL lets no full-text operator use
    its index (none is marked leakproof). It also gives both databases the same matches.
    """

    __tablename__ = "profile_word"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    word: Mapped[str] = mapped_column(SortText, primary_key=True)
    profile_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_profile_word_profile", "account_id", "profile_id"),
        {"sqlite_with_rowid": False},
    )


def search_columns(first_name: str, last_name: str, email: str) -> dict[str, str]:
    """What a person is sorted and found by, with their address and without it."""
    # The last name first; the address while no name is known.
    name = sort_key(f"{last_name} {first_name}".strip())
    found = name_words(first_name, last_name)
    return {
        "sort_name": name or sort_key(email),
        "name_key": name or NAMELESS,
        "name_text": " ".join(found),
        "search_text": " ".join([*found, *beginnings(email)]),
    }


profiles = table_of(Profile).c
ROWS = PreparedRows(Profile)


def name_words(first_name: str, last_name: str) -> list[str]:
    if family_first(first_name, last_name):
        return joined_beginnings(last_name, first_name)
    return joined_beginnings(first_name) + joined_beginnings(last_name)


def known(address: str | None) -> Invalid:
    """The error for a taken address. Under tag limits it says nothing of the profile, since that may be outside them."""
    if current_scope().limits.tag_limits:
        return Invalid("email", str(TAKEN_OUTSIDE))
    return Invalid("email", _("%(address)s already has a profile in this account.", address=address))


def first_name_of(value: str) -> str:
    return line("first_name", value, 100, FIRST_NAME)


def last_name_of(value: str) -> str:
    return line("last_name", value, 100, LAST_NAME)


def phone_of(value: str) -> str:
    phone = line("phone", typed_phone(value), 40, PHONE)
    if not all(c in "0123456789+-() ./x#" for c in phone):
        raise Invalid("phone", _("A phone number has digits, spaces and + - ( ) . / only."))
    return phone
