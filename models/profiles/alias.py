"""A resource alias: another system's name for something here."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, false, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.elements import ColumnElement

from models.audit import Action, creation, deletion, difference, record, stored
from models.database import AccountRow, Base, Id, Moment, SortText, change, db, new_id, now, unique
from models.errors import Invalid, NotFound
from models.profiles.contact_detection import looks_like_contact
from models.profiles.profile import Profile
from models.profiles.restrictions import visible
from models.request_scope import current_scope
from models.text import line, plain

RESOURCE_TYPES = ("profile",)
TAKEN = lazy_gettext("This consumer key already belongs to another profile in this account.")
TAKEN_OUTSIDE = lazy_gettext("This consumer key cannot be used here. Choose another.")
CALLED = lazy_gettext("A consumer key")
HIDDEN = "The limits of this connection hide e-mail addresses and phone numbers, and this looks like one. Choose another name."


class Alias(AccountRow, Base):
    """A consumer key for one profile. Keys are unique for each account and resource type, and compared exactly."""

    __tablename__ = "alias"

    id: Mapped[Id]
    resource_type: Mapped[str]
    resource_id: Mapped[uuid.UUID]
    consumer_key: Mapped[str] = mapped_column(SortText)
    is_contact: Mapped[bool] = mapped_column(
        default=lambda row: looks_like_contact(row.get_current_parameters()["consumer_key"]), server_default=false()
    )
    """Whether the key looks like an e-mail address or a phone number; see `shows`."""
    created_at: Mapped[Moment]

    __table_args__ = (
        CheckConstraint("resource_type = 'profile'", name="resource_type"),
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "resource_type", "consumer_key"),
        ForeignKeyConstraint(["account_id", "resource_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_alias_resource", "account_id", "resource_id"),
    )

    @classmethod
    def create(
        cls, account_id: uuid.UUID, resource_type: str, resource_id: uuid.UUID, consumer_key: str
    ) -> tuple[Self, bool]:
        """The alias, and whether it is new: an identical one is returned as it is. Raises `Invalid` if the key is taken."""
        if resource_type not in RESOURCE_TYPES:
            raise Invalid("resource_type", f"resource_type must be one of: {', '.join(RESOURCE_TYPES)}")
        wanted = allowed_key(consumer_key)
        profile = Profile.find(account_id, resource_id)
        if found := cls.by_key(account_id, wanted):
            if found.resource_id == profile.id:
                return found, False
            raise Invalid("consumer_key", taken())
        alias = cls(
            account_id=account_id,
            resource_type=resource_type,
            resource_id=profile.id,
            consumer_key=wanted,
            created_at=now(),
        )
        with unique(cls.consumer_key, Invalid("consumer_key", taken())):
            db.session.add(alias)
        record(Action.ALIAS_CREATED, ("alias", alias.id), ("profile", profile.id), kept=creation(alias))
        return alias, True

    @classmethod
    def find(cls, account_id: uuid.UUID, alias_id: uuid.UUID) -> Self:
        """The alias with this id in this account; raises `NotFound`."""
        statement = select(cls).where(cls.account_id == account_id, cls.id == alias_id)
        alias = db.session.scalar(statement.where(*visible(cls.resource_id, cls.account_id), *shows()))
        if alias is None:
            raise NotFound(_("There is no alias with this id in this account."))
        return alias

    @classmethod
    def by_key(cls, account_id: uuid.UUID, consumer_key: str) -> Self | None:
        """The alias with this consumer key."""
        # One from before keys were kept in one form may be spelled as it is asked for.
        spelled = cls.consumer_key.in_({consumer_key, plain(consumer_key)})
        statement = select(cls).where(cls.account_id == account_id, spelled)
        return db.session.scalar(statement.where(*shows()))

    @classmethod
    def of_profile(cls, account_id: uuid.UUID, profile_id: uuid.UUID) -> list[Self]:
        """A profile's aliases, oldest first; the oldest is its custom id."""
        statement = select(cls).where(cls.account_id == account_id, cls.resource_id == profile_id)
        return list(db.session.scalars(statement.where(*shows()).order_by(cls.id)))

    @classmethod
    def custom_id_of(cls, profile: Profile) -> Self | None:
        """The alias that is a profile's custom id."""
        return next(iter(cls.of_profile(profile.account_id, profile.id)), None)

    @classmethod
    def set_custom_id(cls, profile: Profile, custom_id: str) -> Self:
        """Set the custom id of a profile: rename its oldest alias, trade keys with a later one that has it, or create the first one."""
        present = cls.of_profile(profile.account_id, profile.id)
        if not present:
            return cls.create(profile.account_id, "profile", profile.id, custom_id)[0]
        oldest, wanted = present[0], alias_key(custom_id)
        holder = next((alias for alias in present if alias.consumer_key == wanted), None)
        if holder is None:
            oldest.rename(custom_id)
        elif holder is not oldest:
            oldest._trade_keys(holder)
        return oldest

    def _trade_keys(self, other: Alias) -> None:
        mine, theirs = self.consumer_key, other.consumer_key
        # Keys are unique at every moment, so one of them stands aside.
        before = stored(other)
        other.consumer_key = str(new_id())
        db.session.flush()
        self.rename(theirs)
        other.rename(mine, before)

    def rename(self, consumer_key: str, before: Mapping[str, Any] | None = None) -> None:
        """Rename the consumer key; raises `Invalid` if it is taken. `before` is what it was, if it already stood aside."""
        wanted, before = allowed_key(consumer_key), before or stored(self)
        with unique(Alias.consumer_key, Invalid("consumer_key", taken())):
            changed = change(self, {"consumer_key": wanted, "is_contact": looks_like_contact(wanted)})
        fields = ["consumer_key"] if "consumer_key" in changed else []
        things = ("alias", self.id), ("profile", self.resource_id)
        record(Action.ALIAS_CHANGED, *things, fields=fields, kept=difference(self, before))

    def delete(self) -> None:
        """Delete the alias; the profile stays."""
        record(Action.ALIAS_DELETED, ("alias", self.id), ("profile", self.resource_id), kept=deletion(self))
        db.session.delete(self)
        db.session.flush()

    def as_dict(self) -> dict[str, Any]:
        """The alias as every entry point returns it."""
        return {
            "id": str(self.id),
            "resource_type": self.resource_type,
            "resource_id": str(self.resource_id),
            "consumer_key": self.consumer_key,
            "created_at": self.created_at,
        }


def alias_key(value: str) -> str:
    return line("consumer_key", value, 200, CALLED, required=True)


def allowed_key(value: str) -> str:
    """The key for an alias. Callers who cannot see addresses must not be able to test whether one is taken either."""
    wanted = alias_key(value)
    if current_scope().limits.hide_contact and looks_like_contact(wanted):
        raise Invalid("consumer_key", HIDDEN)
    return wanted


def shows() -> Iterator[ColumnElement[bool]]:
    """A condition on aliases for this caller: under limits that hide addresses, those that look like one do not exist."""
    if current_scope().limits.hide_contact:
        yield Alias.is_contact.is_(False)


def taken() -> str:
    """The message for a taken key. Under tag limits it names no profile, since that may be outside them."""
    return str(TAKEN_OUTSIDE if current_scope().limits.tag_limits else TAKEN)
