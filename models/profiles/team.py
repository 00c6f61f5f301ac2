"""A team: people whose group report is saved under a name."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy import ForeignKeyConstraint, Index, Select, UniqueConstraint, delete, func, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from models.audit import Action, record
from models.database import AccountRow, Base, Id, Moment, SortText, change, db, now, table_of, unique
from models.errors import Invalid, NotAllowed, NotFound
from models.profiles.profile import Profile
from models.profiles.restrictions import visible
from models.profiles.tag import Tag
from models.text import key, line, sort_key

MOST_TEAMS = 200
MOST_TAGS = 20
MOST_PICKED = 200
CALLED = lazy_gettext("A name")


class Team(AccountRow, Base):
    """Everybody with certain tags, and people picked one by one. Its name is unique in the account regardless of case."""

    __tablename__ = "team"

    id: Mapped[Id]
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(SortText)
    sort_name: Mapped[str] = mapped_column(SortText)
    any_tag: Mapped[bool]
    """Whether one of the tags is enough, or people must have all of them."""
    created_at: Mapped[Moment]

    __table_args__ = (UniqueConstraint("account_id", "id"), UniqueConstraint("account_id", "name_key"))

    @classmethod
    def create(
        cls,
        account_id: uuid.UUID,
        name: str,
        tag_ids: Collection[uuid.UUID] = (),
        profile_ids: Collection[uuid.UUID] = (),
        any_tag: bool = False,
    ) -> Self:
        """Save a team. Raises `Invalid` without a free name or without anybody to be in it, `NotFound` for an unknown id."""
        held = select(func.count()).where(cls.account_id == account_id)
        if (db.session.scalar(held) or 0) >= MOST_TEAMS:
            raise NotAllowed(
                _("This account has %(most)s teams. Delete one that is no longer needed.", most=MOST_TEAMS)
            )
        text = team_name(name)
        team = cls(account_id=account_id, any_tag=any_tag, created_at=now(), **keys_of_name(text))
        with unique(cls.name_key, known(text)):
            db.session.add(team)
        team._choose(tag_ids, profile_ids)
        record(Action.TEAM_CREATED, ("team", team.id))
        return team

    @classmethod
    def find(cls, account_id: uuid.UUID, team_id: uuid.UUID) -> Self:
        """The team with this id in this account; raises `NotFound`."""
        team = db.session.scalar(select(cls).where(cls.account_id == account_id, cls.id == team_id))
        if team is None:
            raise NotFound(_("There is no team with this id in this account."))
        return team

    @classmethod
    def all_in(cls, account_id: uuid.UUID) -> list[Self]:
        """Every team of the account, by name."""
        return list(db.session.scalars(select(cls).where(cls.account_id == account_id).order_by(cls.sort_name, cls.id)))

    @classmethod
    def by_tag(cls, tag: Tag) -> list[Self]:
        """The teams for which this tag was chosen, by name."""
        chosen = select(TeamTag.team_id).where(TeamTag.account_id == tag.account_id, TeamTag.tag_id == tag.id)
        return cls._among(tag.account_id, chosen)

    @classmethod
    def picking(cls, profile: Profile) -> list[Self]:
        """The teams for which this person was picked, by name."""
        chosen = select(TeamProfile.team_id).where(
            TeamProfile.account_id == profile.account_id, TeamProfile.profile_id == profile.id
        )
        return cls._among(profile.account_id, chosen)

    @classmethod
    def _among(cls, account_id: uuid.UUID, chosen: Select[uuid.UUID]) -> list[Self]:
        named = select(cls).where(cls.account_id == account_id, cls.id.in_(chosen))
        return list(db.session.scalars(named.order_by(cls.sort_name, cls.id)))

    @property
    def tags(self) -> list[Tag]:
        """The tags that people in it have, by label."""
        chosen = select(TeamTag.tag_id).where(TeamTag.account_id == self.account_id, TeamTag.team_id == self.id)
        wanted = select(Tag).where(Tag.account_id == self.account_id, Tag.id.in_(chosen))
        return list(db.session.scalars(wanted.order_by(Tag.sort_label, Tag.id)))

    @property
    def picked(self) -> list[Profile]:
        """The people who were picked one by one and whom the caller can see, by name."""
        chosen = select(TeamProfile.profile_id).where(
            TeamProfile.account_id == self.account_id, TeamProfile.team_id == self.id
        )
        wanted = select(Profile).where(Profile.account_id == self.account_id, Profile.id.in_(chosen))
        wanted = wanted.where(*visible(Profile.id, Profile.account_id))
        return list(db.session.scalars(wanted.order_by(Profile.sort_name, Profile.id)))

    def update(
        self, name: str, tag_ids: Collection[uuid.UUID], profile_ids: Collection[uuid.UUID], any_tag: bool
    ) -> None:
        """Change the name and who is in it. Raises what `create` raises."""
        text = team_name(name)
        with unique(Team.name_key, known(text)):
            changed = change(self, {**keys_of_name(text), "any_tag": any_tag})
        if self._choose(tag_ids, profile_ids) or "any_tag" in changed:
            changed.append("people")
        record(Action.TEAM_CHANGED, ("team", self.id), fields=[word for word in ("name", "people") if word in changed])

    def _choose(self, tag_ids: Collection[uuid.UUID], profile_ids: Collection[uuid.UUID]) -> bool:
        """Set the tags and the picked people; returns whether anything changed."""
        tags, picked = set(tag_ids), set(profile_ids)
        if not tags and not picked:
            raise Invalid("tags", _("Select a tag or a person."))
        if len(tags) > MOST_TAGS:
            raise Invalid("tags", _("Select at most %(most)s tags.", most=MOST_TAGS))
        if len(picked) > MOST_PICKED:
            raise Invalid("people", _("Select at most %(most)s people. For more, give them a tag.", most=MOST_PICKED))
        before = {tag.id for tag in self.tags}, {profile.id for profile in self.picked}
        for tag_id in tags - before[0]:
            Tag.find(self.account_id, tag_id)
        for profile_id in picked - before[1]:
            Profile.find(self.account_id, profile_id)
        self._set(TeamTag, "tag_id", before[0], tags)
        self._set(TeamProfile, "profile_id", before[1], picked)
        return before != (tags, picked)

    def _set(self, model: type[Base], column: str, before: set[uuid.UUID], wanted: set[uuid.UUID]) -> None:
        rows, whose = table_of(model), {"account_id": self.account_id, "team_id": self.id}
        if gone := before - wanted:
            mine = (rows.c.account_id == self.account_id) & (rows.c.team_id == self.id)
            db.session.execute(delete(model).where(mine, rows.c[column].in_(gone)))
        if new := sorted(wanted - before):
            db.session.execute(insert(rows), [{**whose, column: id_} for id_ in new])

    def delete(self) -> None:
        """Delete the team; its people and their tags stay."""
        record(Action.TEAM_DELETED, ("team", self.id), names={str(self.id): self.name})
        db.session.delete(self)
        db.session.flush()


class TeamTag(AccountRow, Base):
    """A tag whose people are in a team."""

    __tablename__ = "team_tag"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    team_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    tag_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "team_id"], ["team.account_id", "team.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "tag_id"], ["tag.account_id", "tag.id"], ondelete="CASCADE"),
        Index("ix_team_tag_tag", "account_id", "tag_id"),
    )


class TeamProfile(AccountRow, Base):
    """Somebody who was picked for a team."""

    __tablename__ = "team_profile"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    team_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    profile_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "team_id"], ["team.account_id", "team.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(["account_id", "profile_id"], ["profile.account_id", "profile.id"], ondelete="CASCADE"),
        Index("ix_team_profile_profile", "account_id", "profile_id"),
    )


def keys_of_name(name: str) -> dict[str, str]:
    """A name, and what it is compared and sorted by."""
    return {"name": name, "name_key": key(name), "sort_name": sort_key(name)}


def known(name: str) -> Invalid:
    return Invalid("name", _('There is already a team "%(name)s" in this account.', name=name))


def team_name(value: str) -> str:
    name = line("name", value, 60, CALLED)
    if not name:
        raise Invalid("name", _("Enter a name."))
    return name
