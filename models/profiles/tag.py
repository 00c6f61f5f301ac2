"""A tag: a coloured label to group profiles by."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import (
    CheckConstraint,
    UniqueConstraint,
    and_,
    bindparam,
    delete,
    func,
    not_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.accounts import Member
from models.audit import Action, Image, creation, deletion, difference, record, stored
from models.database import (
    AccountRow,
    Base,
    Id,
    Moment,
    Prepared,
    PreparedRows,
    SortText,
    db,
    new_id,
    now,
    table_of,
    unique,
)
from models.errors import Invalid, NotAllowed, NotFound
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.restrictions import visible
from models.request_scope import NO_LIMITS, current_scope
from models.text import key, line, sort_key

CHOOSE = "This connection is limited to profiles with certain tags. Give one of these in tag_ids: {tags}."
NO_TAGS = "The member sees only their own profile, so nobody can be added. An Owner can give the member tags."
OWN_LIMIT = "This connection is limited to profiles with this tag. Only a member can change or delete it."
WORN_OUTSIDE = (
    "The limits of this connection do not allow it to change or delete this tag. A member can do so in Profile."
)
CALLED = lazy_gettext("A label")
COLORS = ("emerald", "red", "yellow", "orange", "blue", "indigo", "purple", "pink", "zinc")


class Tag(AccountRow, Base):
    """A label with a colour, unique in its account regardless of case."""

    __tablename__ = "tag"

    id: Mapped[Id]
    label: Mapped[str]
    label_key: Mapped[str] = mapped_column(SortText)
    sort_label: Mapped[str] = mapped_column(
        SortText, default=lambda row: sort_key(row.get_current_parameters()["label"]), server_default=""
    )
    """What lists of tags are sorted by."""
    color: Mapped[str]
    created_at: Mapped[Moment]

    __table_args__ = (
        UniqueConstraint("account_id", "id"),
        UniqueConstraint("account_id", "label_key"),
        CheckConstraint(f"color IN ({', '.join(repr(c) for c in COLORS)})", name="color"),
    )

    @classmethod
    def create(cls, account_id: uuid.UUID, label: str, color: str) -> Tag:
        """Create a tag; raises `Invalid` if the label is missing or taken, or the colour unknown."""
        text = tag_label(label)
        tag = ROWS.add(
            id=new_id(), account_id=account_id, color=tag_color(color), created_at=now(), **keys_of_label(text)
        )
        if tag is None:
            raise known(text)
        record(Action.TAG_CREATED, ("tag", tag.id), values={"color": tag.color}, kept=creation(tag))
        return tag

    @classmethod
    def find(cls, account_id: uuid.UUID, tag_id: uuid.UUID) -> Tag:
        """The tag with this id in this account; raises `NotFound`."""
        tag = ROWS.find(tag_id) if account_id == current_scope().account_id else None
        if tag is None:
            raise NotFound(_("There is no tag with this id in this account."))
        return tag

    @classmethod
    def all_in(cls, account_id: uuid.UUID) -> list[Self]:
        """Every tag of the account, by label."""
        return list(
            db.session.scalars(select(cls).where(cls.account_id == account_id).order_by(cls.sort_label, cls.id))
        )

    def update(self, label: str | None = None, color: str | None = None) -> list[str]:
        """Change label or colour; returns the names of what changed. Raises `NotAllowed` like `delete`."""
        self.check_limits()
        before = stored(self)
        wanted = {
            "label": None if label is None else tag_label(label),
            "color": None if color is None else tag_color(color),
        }
        changed = {name: value for name, value in wanted.items() if value not in {None, getattr(self, name)}}
        if text := changed.get("label"):
            with unique(Tag.label_key, known(text)):
                ROWS.change(self, {**changed, **keys_of_label(text)})
        elif changed:
            # Nothing here can be taken, so the change needs no savepoint.
            ROWS.change(self, changed)
        record(
            Action.TAG_CHANGED,
            ("tag", self.id),
            fields=[*changed],
            values={"color": self.color} if "color" in changed else {},
            kept=difference(self, before),
        )
        return [*changed]

    def delete(self) -> None:
        """Delete the tag; its profiles stay. Raises `NotAllowed` if tag limits forbid this to the caller."""
        self.check_limits()
        record(Action.TAG_DELETED, ("tag", self.id), names={str(self.id): self.label}, kept=deletion(self))
        db.session.delete(self)
        db.session.flush()

    def check_limits(self) -> None:
        """Under tag limits, the caller cannot change the tags of the limits or of a member, nor tags on profiles outside them."""
        limits = current_scope().limits
        if any(self.id in tags for tags in limits.only_tags):
            raise NotAllowed(OWN_LIMIT)
        if limits.member and (self._given_to_a_member() or self._worn_outside()):
            raise NotAllowed(
                _("Tags decide who sees whom in this account. Only an Owner can change or delete this tag.")
            )
        if limits.only_tags and self._worn_outside():
            raise NotAllowed(WORN_OUTSIDE)

    def _given_to_a_member(self) -> bool:
        return any(str(self.id) in (member.tag_ids or ()) for member in Member.in_account(self.account_id))

    def _worn_outside(self) -> bool:
        """Whether a profile that the caller cannot see has the tag."""
        carried = select(ProfileTag.profile_id).where(
            ProfileTag.account_id == self.account_id, ProfileTag.tag_id == self.id
        )
        outside = carried.where(not_(and_(*visible(ProfileTag.profile_id, ProfileTag.account_id))))
        return db.session.scalar(outside.limit(1)) is not None

    def put_on(self, profile_ids: Collection[uuid.UUID]) -> int:
        """Put the tag on profiles, with or without it; returns how many are new. Raises `NotFound` for an unknown id."""
        wanted = set(profile_ids)
        self._check_profiles(wanted)
        carried = select(ProfileTag.profile_id).where(
            ProfileTag.account_id == self.account_id, ProfileTag.tag_id == self.id, ProfileTag.profile_id.in_(wanted)
        )
        new = sorted(wanted - set(db.session.scalars(carried)))
        put = self._ties(new)
        db.session.add_all(put)
        db.session.flush()
        record(Action.TAG_PUT, ("tag", self.id), *(("profile", profile_id) for profile_id in new), kept=creation(*put))
        return len(new)

    def take_off(self, profile_ids: Collection[uuid.UUID]) -> int:
        """Take the tag off profiles; returns how many had it. Raises `NotFound` for an unknown id."""
        wanted = set(profile_ids)
        self._check_profiles(wanted)
        gone = db.session.execute(
            delete(ProfileTag)
            .where(
                ProfileTag.account_id == self.account_id,
                ProfileTag.tag_id == self.id,
                ProfileTag.profile_id.in_(wanted),
            )
            .returning(ProfileTag.profile_id)
        ).scalars()
        taken = sorted(gone)
        kept = [Image(image.row, image.after, None) for image in creation(*self._ties(taken))]
        record(Action.TAG_TAKEN, ("tag", self.id), *(("profile", profile_id) for profile_id in taken), kept=kept)
        return len(taken)

    def _ties(self, profile_ids: Iterable[uuid.UUID]) -> list[ProfileTag]:
        return [
            ProfileTag(account_id=self.account_id, tag_id=self.id, profile_id=profile_id) for profile_id in profile_ids
        ]

    def _check_profiles(self, profile_ids: set[uuid.UUID]) -> None:
        if not profile_ids:
            raise Invalid("profile_ids", _("Name at least one profile."))
        known = (
            select(func.count())
            .select_from(Profile)
            .where(Profile.account_id == self.account_id, Profile.id.in_(profile_ids))
            .where(*visible(Profile.id, Profile.account_id))
        )
        if db.session.scalar(known) != len(profile_ids):
            raise NotFound(_("At least one of these profiles does not exist in this account. Nothing was changed."))

    @property
    def profile_count(self) -> int:
        """How many profiles have this tag."""
        given = {"account": self.account_id, "tag": self.id}
        if current_scope().limits.everybody:
            return int(COUNT_CARRIED.scalar(given))
        worn = table_of(ProfileTag).c
        counted = CARRIED.where(*visible(worn.profile_id, worn.account_id))
        return int(db.session.connection().execute(counted, given).scalar_one())

    def as_dict(self) -> dict[str, Any]:
        """The tag as every entry point returns it."""
        return TagLine(self.id, self.label, self.color, self.profile_count).as_dict()


@dataclass(frozen=True)
class TagLine:
    """A tag with its number of profiles, as in lists."""

    id: uuid.UUID
    label: str
    color: str
    profiles: int

    def as_dict(self) -> dict[str, Any]:
        """The tag as every entry point returns it."""
        return {"id": str(self.id), "label": self.label, "color": self.color, "profiles": self.profiles}


def tags_for_new(account_id: uuid.UUID, given: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """The tags of a new profile that its creator can see: the given ones, and the tag of a limit that has only one.

    Raises `NotAllowed` if the caller must choose a tag and did not.
    """
    wanted, scope = list(given), current_scope()
    for limit in scope.limits.tag_limits:
        if limit.tags.isdisjoint(wanted):
            if len(limit.tags) != 1:
                raise NotAllowed(choose_among(account_id, limit.tags, by_app=scope.call is not None))
            wanted += limit.tags
    return wanted


def put_on_new(profile: Profile, tags: Iterable[Tag]) -> None:
    """Put tags on a profile that its creator may see only with them."""
    with current_scope().limited_to(NO_LIMITS):
        for tag in tags:
            tag.put_on([profile.id])


def choose_among(account_id: uuid.UUID, tag_ids: Collection[uuid.UUID], *, by_app: bool) -> str:
    """What to tell somebody who must choose one of these tags. Apps get no labels: people typed them."""
    if not tag_ids:
        if by_app:
            return NO_TAGS
        return str(_("You see only your own profile, so you cannot add people. An Owner can give you tags."))
    if by_app:
        return CHOOSE.format(tags=", ".join(map(str, sorted(tag_ids))))
    labels = ", ".join(tag.label for tag in Tag.all_in(account_id) if tag.id in tag_ids)
    said = _("You see only profiles with your tags. Choose at least one of them for new people: %(tags)s.", tags=labels)
    return str(said)


ROWS = PreparedRows(Tag)
# Built once: through the ORM, that takes longer than running it.
CARRIED = select(func.count()).where(
    table_of(ProfileTag).c.account_id == bindparam("account"), table_of(ProfileTag).c.tag_id == bindparam("tag")
)
COUNT_CARRIED = Prepared(CARRIED, one_plan=False)


def keys_of_label(label: str) -> dict[str, str]:
    """A label, and what it is compared and sorted by."""
    return {"label": label, "label_key": key(label), "sort_label": sort_key(label)}


def known(label: str | None) -> Invalid:
    return Invalid("label", _('There is already a tag "%(label)s" in this account.', label=label))


def tag_label(value: str) -> str:
    if not (value or "").strip():
        raise Invalid("label", _("label is required"))
    label = line("label", value, 60, CALLED)
    if not label:
        raise Invalid("label", _("label is required"))
    return label


def tag_color(value: str) -> str:
    if value not in COLORS:
        raise Invalid("color", f'invalid color "{line("color", value[:40], 40, "A colour")}"')
    return value
