"""Saved teams: make one of tags and people, change it, delete it. Its report is that of a group."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id
from blueprints.forms.edit_conflict import hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.forms.inputs import read_id
from blueprints.reporting import bp
from blueprints.reporting.forms import ALL, ANY, TeamForm, stored
from models.database import db
from models.permissions import Permission
from models.profiles import Tag, Team, profile_page
from models.reports.people import people
from models.text import told_apart

OFFERED = 100
"""How many people a form offers: all of a smaller account, or the first that a search finds."""


@bp.route("/reporting/teams/new", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def new_team() -> Answer:
    """The address can carry tags and people to begin with, as the pages of groups and comparisons do."""
    chosen = {
        "tags": [str(read_id("tag", tag)) for tag in request.args.getlist("tag")],
        "people": [str(read_id("profile", id_)) for id_ in request.args.getlist("profile")],
        "match": ANY if request.args.get("match") == ANY else ALL,
    }
    form = form_with(chosen)

    def save() -> Saved:
        team = Team.create(current_account_id(), **form.wanted)
        return Saved(_("The team %(name)s was saved.", name=team.name), address_of(team))

    def show() -> str:
        return render_template("reporting/team_new.html", form=form, search=searched_people())

    return show() if is_search() else handle_form(form, show, save)


@bp.route("/reporting/teams/<uuid:team_id>/edit", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def edit_team(team_id: uuid.UUID) -> Answer:
    team = hold_still(Team.find(current_account_id(), team_id))
    form = form_with(stored(team))

    def save() -> Saved:
        team.update(**form.wanted)
        return Saved(_("The team %(name)s was changed.", name=team.name), address_of(team))

    def show() -> str:
        return render_template("reporting/team_edit.html", form=form, team=team, search=searched_people())

    return show() if is_search() else handle_edit(form, show, save)


@bp.route("/reporting/teams/<uuid:team_id>/deletion", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def delete_team(team_id: uuid.UUID) -> str | Response:
    team = Team.find(current_account_id(), team_id)
    if request.method != "POST":
        return render_template("reporting/team_deletion.html", team=team)
    name = team.name
    team.delete()
    db.session.commit()
    flash(_("The team %(name)s was deleted.", name=name), "good")
    return redirect(url_for(".reporting"))


def address_of(team: Team) -> str:
    return url_for(".group", team=team.id)


def searched_people() -> str:
    return request.form.get("search", "").strip()[:200]


def is_search() -> bool:
    """Whether a form was sent to find more people, and not to be saved."""
    return request.method == "POST" and "find" in request.form


def form_with(chosen: dict[str, Any]) -> TeamForm:
    """The form with these values. It offers every tag, those who are chosen or ticked, and the people of a search."""
    tags = {str(tag.id): tag.label for tag in Tag.all_in(current_account_id())}
    ticked = [uuid.UUID(id_) for id_ in chosen["people"]]
    ticked += [read_id("profile", id_) for id_ in request.form.getlist("people")]
    return TeamForm.offering(tags, offered(ticked), data=chosen)


def offered(ticked: Collection[uuid.UUID]) -> dict[str, str]:
    account_id = current_account_id()
    found = profile_page(account_id, search=searched_people(), limit=OFFERED).rows
    rows = {person.id: person for person in [*people(account_id, ticked), *found]}
    return {str(id_): name for id_, name in told_apart(rows.values()).items()}
