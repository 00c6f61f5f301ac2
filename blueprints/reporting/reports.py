"""Reporting: compare people, and summarise groups. The address holds the selection, so that it can be saved and shared."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.inputs import MOST_TAGS, choice, read_id
from blueprints.forms.pagination import searched
from blueprints.reporting import bp
from models.database import now
from models.errors import Invalid, NotFound
from models.permissions import Permission
from models.profiles import Tag, Team, profile_page, tag_page
from models.reports import Members, Person, circle_of, compare, describe, members_of, members_of_team
from models.reports.circle import RULES as CIRCLE_RULES
from models.reports.comparison import FEWEST, MOST, without
from models.reports.people import people
from models.reports.scales import DISC, DOMAINS, FACETS
from models.text import listed

FOUND_AT_ONCE = 8
MOST_TAGS_SHOWN = 1_000


@bp.get("/reporting")
@allowed(Permission.SEE_PROFILES)
def reporting() -> str:
    account_id = current_account_id()
    return render_template(
        "reporting/reporting.html",
        tags=tag_page(account_id, limit=MOST_TAGS_SHOWN).rows,
        teams=Team.all_in(account_id),
        most=MOST,
        may_save=current_member().may(Permission.MANAGE_TAGS),
    )


@dataclass(frozen=True)
class Chosen:
    """The people to compare, from the address."""

    people: Sequence[Person]
    missing: int
    """How many of the named people are not in the account, or no longer."""

    @classmethod
    def of_request(cls) -> Self:
        """Raises `Invalid` for addresses that no page of ours links to."""
        ids = list(dict.fromkeys(read_id("profile", value) for value in request.args.getlist("profile")))
        if len(ids) > MOST:
            raise Invalid("profile", _("Compare at most %(most)s people at once.", most=MOST))
        found = people(current_account_id(), ids)
        return cls(found, len(ids) - len(found))

    @property
    def ids(self) -> list[uuid.UUID]:
        return [person.id for person in self.people]

    def url(
        self, *, endpoint: str = "reporting.comparison", add: uuid.UUID | None = None, drop: uuid.UUID | None = None
    ) -> str:
        """The address that compares these people, and those with one more or one less."""
        kept = [id_ for id_ in self.ids if id_ != drop]
        return url_for(endpoint, profile=kept + ([add] if add else []))


@bp.get("/reporting/comparison")
@allowed(Permission.SEE_PROFILES)
def comparison() -> str | Response:
    if tag := request.args.get("tag"):
        return redirect(url_for(".comparison", profile=carriers(Tag.find(current_account_id(), read_id("tag", tag)))))
    chosen, words = Chosen.of_request(), searched()
    found = profile_page(current_account_id(), search=words, limit=FOUND_AT_ONCE) if words else None
    return render_template(
        "reporting/comparison.html",
        chosen=chosen,
        words=words,
        found=found,
        most=MOST,
        fewest=FEWEST,
        compared=compare(chosen.people),
        disc=DISC,
        domains=DOMAINS,
        facets=FACETS,
        without=without,
        circle=circle_of(chosen.people),
        may_save=current_member().may(Permission.MANAGE_TAGS),
        printed_at=now(),
    )


def carriers(tag: Tag) -> list[uuid.UUID]:
    """People with a tag who have results; if there are many, those who finished last."""
    found = profile_page(current_account_id(), tag_ids=[tag.id], sort="completed", limit=MOST)
    if found.next_cursor:
        flash(
            _("More people have the tag %(tag)s. These are the %(most)s who finished last.", tag=tag.label, most=MOST)
        )
    elif len(found.rows) < FEWEST:
        flash(_("Fewer than two people with the tag %(tag)s have results.", tag=tag.label), "danger")
    return [row.id for row in found.rows]


@dataclass(frozen=True)
class Wanted:
    """The group: people with all of these tags, or with any of them; without tags, the whole account; or a saved team."""

    tags: Sequence[Tag]
    match: str
    team: Team | None = None

    @classmethod
    def of_request(cls) -> Self:
        """Raises `Invalid` for addresses that no page of ours links to, and `NotFound` for what is not in the account."""
        if team := request.args.get("team"):
            return cls((), "all", Team.find(current_account_id(), read_id("team", team)))
        ids = list(dict.fromkeys(read_id("tag", value) for value in request.args.getlist("tag")))
        if len(ids) > MOST_TAGS:
            raise Invalid("tag", _("Choose at most %(most)s tags.", most=MOST_TAGS))
        known = {tag.id: tag for tag in Tag.all_in(current_account_id())}
        if not set(ids) <= known.keys():
            raise NotFound(_("There is no tag with this id in this account."))
        return cls([known[id_] for id_ in ids], choice("match", request.args, ("all", "any")))

    @property
    def title(self) -> str:
        """The group's name."""
        if self.team:
            return self.team.name
        if not self.tags:
            return str(_("Whole account"))
        return listed([tag.label for tag in self.tags], "or" if self.match == "any" else "standard")

    def members(self) -> Members:
        if self.team:
            return members_of_team(self.team)
        return members_of(current_account_id(), [tag.id for tag in self.tags], any_tag=self.match == "any")

    def url(self, endpoint: str) -> str:
        if self.team:
            return url_for(endpoint, team=self.team.id)
        return url_for(endpoint, tag=[tag.id for tag in self.tags], match="any" if self.match == "any" else None)


@bp.get("/reporting/group")
@allowed(Permission.SEE_PROFILES)
def group() -> str:
    wanted = Wanted.of_request()
    members = wanted.members()
    return render_template(
        "reporting/group.html",
        wanted=wanted,
        members=members,
        group=describe(members.people),
        circle=circle_of(members.people),
        rules=CIRCLE_RULES,
        without=without,
        may_save=current_member().may(Permission.MANAGE_TAGS),
        most=MOST,
        tags=Tag.all_in(current_account_id()),
        printed_at=now(),
    )
