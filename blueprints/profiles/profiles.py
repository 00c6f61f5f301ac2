"""Profiles: the list, one profile, and the actions on it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.edit_conflict import hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.forms.inputs import read_id
from blueprints.profiles import bp
from blueprints.profiles.debriefs import model_for_account, would_change
from blueprints.profiles.forms import ProfileForm
from blueprints.profiles.search import STYLE_CHOICES, Search
from models.assessments import AssessmentInvitation, account_in_turn
from models.database import db, now
from models.debriefs import Debrief, DebriefRequest
from models.errors import Invalid, NotFound
from models.permissions import Permission
from models.profiles import Alias, Profile, Result, Tag, Team, profile_page, tags_of_profile, tags_of_profiles
from models.reports import Circle, Person, circle_of, courses_of, guide_for, members_of_team
from models.reports.text.readings import headline

ROWS = 50


@bp.get("/profiles")
@allowed(Permission.SEE_PROFILES)
def profiles() -> str:
    account_id, search = current_account_id(), Search.of_request()
    tags = Tag.all_in(account_id)
    if not set(search.tag_ids) <= {tag.id for tag in tags}:
        raise NotFound("There is no tag with this id in this account.")
    page = profile_page(
        account_id,
        search=search.words,
        tag_ids=search.tag_ids,
        status=search.status,
        disc_style=search.style,
        sort=search.sort,
        limit=ROWS,
        cursor=search.cursor,
    )
    tagged = tags_of_profiles(account_id, [row.id for row in page.rows])
    return render_template(
        "profiles/profiles.html",
        search=search,
        page=page,
        tags=tags,
        tagged=tagged,
        styles=STYLE_CHOICES,
        may_edit=current_member().may(Permission.EDIT_PROFILES),
        may_tag=current_member().may(Permission.MANAGE_TAGS),
    )


@bp.get("/profiles/<uuid:profile_id>")
@allowed(Permission.SEE_PROFILES)
def profile(profile_id: uuid.UUID) -> str:
    account_id = current_account_id()
    found = Profile.find(account_id, profile_id)
    carried = tags_of_profile(account_id, profile_id)
    results = Result.newest(account_id, profile_id)
    newest = Debrief.newest(account_id, profile_id)
    scores = {assessment: result.scores for assessment, result in results.items()}
    team = Team.find(account_id, read_id("team", request.args["team"])) if request.args.get("team") else None
    may_tag = current_member().may(Permission.MANAGE_TAGS)
    return render_template(
        "profiles/profile.html",
        profile=found,
        tags=carried,
        aliases=Alias.of_profile(account_id, profile_id),
        results=results,
        headline=headline(scores),
        circle=circle_beside(Person.of(found, scores), team) if "disc" in results else None,
        team=team,
        teams=Team.all_in(account_id),
        courses=courses_of(Result.all_of(account_id, profile_id)),
        guide=guide_for(scores),
        debrief=newest,
        would_change=would_change(results, newest),
        recipient=model_for_account(),
        debrief_request=DebriefRequest.newest(account_id, profile_id),
        invitation=AssessmentInvitation.newest(account_id, profile_id),
        other_tags=[tag for tag in Tag.all_in(account_id) if tag not in carried] if may_tag else [],
        may_edit=current_member().may(Permission.EDIT_PROFILES),
        may_tag=may_tag,
        printed_at=now(),
    )


def circle_beside(person: Person, team: Team | None) -> Circle:
    """The circle with this person, and with a team if one was chosen. The person comes first."""
    others = members_of_team(team).people if team else []
    return circle_of([person, *(other for other in others if other.id != person.id)])


@bp.route("/profiles/new", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def new_profile() -> Answer:
    form = ProfileForm()

    def save() -> Saved:
        made = Profile.create(current_account_id(), **contact(form))
        give_custom_id(made, form)
        said = f"{made.name} was added. The profile is pending until there are results."
        return Saved(said, url_for(".profile", profile_id=made.id))

    return handle_form(form, lambda: render_template("profiles/new.html", form=form), save)


@bp.route("/profiles/<uuid:profile_id>/edit", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def edit_profile(profile_id: uuid.UUID) -> Answer:
    if request.method == "POST":
        # Lock the account before the profile, as inviting does: a changed address sends a new invitation.
        account_in_turn(current_account_id())
    found = hold_still(Profile.find(current_account_id(), profile_id))
    custom = Alias.custom_id_of(found)
    form = ProfileForm(obj=found, custom_id=custom.consumer_key if custom else "")

    def save() -> Saved:
        invited_again = AssessmentInvitation.correct(found, **contact(form))
        give_custom_id(found, form)
        sent = f" Their old link no longer works. A new invitation goes to {found.email}." if invited_again else ""
        return Saved(f"{found.name} was changed.{sent}", url_for(".profile", profile_id=profile_id))

    return handle_edit(form, lambda: render_template("profiles/edit.html", form=form, profile=found), save)


def contact(form: ProfileForm) -> dict[str, str]:
    return {name: form[name].data or "" for name in ("email", "first_name", "last_name", "phone")}


def give_custom_id(found: Profile, form: ProfileForm) -> None:
    """Set the profile's custom id to the entered text; an empty field removes it."""
    wanted, present = form.custom_id.data or "", Alias.custom_id_of(found)
    try:
        if wanted.strip():
            Alias.set_custom_id(found, wanted)
        elif present:
            present.delete()
    except Invalid as problem:
        raise Invalid("custom_id", problem.message) from None


@bp.route("/profiles/<uuid:profile_id>/deletion", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def delete_profile(profile_id: uuid.UUID) -> str | Response:
    account_id = current_account_id()
    found = Profile.find(account_id, profile_id)
    if request.method != "POST":
        return render_template(
            "profiles/deletion.html",
            profile=found,
            results=Result.newest(account_id, profile_id),
            debrief=Debrief.newest(account_id, profile_id),
            aliases=Alias.of_profile(account_id, profile_id),
            tags=tags_of_profile(account_id, profile_id),
            invitation=AssessmentInvitation.unanswered(account_id, profile_id),
        )
    name = found.name
    found.delete()
    db.session.commit()
    flash(f"{name} was deleted.", "good")
    return redirect(url_for(".profiles"))
