"""Profiles: the list, one profile, and the actions on it."""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.edit_conflict import hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.forms.inputs import choice, chosen_tags, read_id, short_id
from blueprints.forms.undo import commit_and_say
from blueprints.profiles import bp
from blueprints.profiles.debriefs import model_for_account, would_change
from blueprints.profiles.forms import ProfileForm
from blueprints.profiles.search import LETTERS, NUMBERED, Search, written_ids
from config import current_settings
from models.assessments import AssessmentInvitation, RemovalRequest, Sitting, account_in_turn, progress_of
from models.assessments import delete_profile as delete_profile_of
from models.database import Page, now
from models.debriefs import Debrief, DebriefRequest
from models.errors import Invalid, NotFound
from models.permissions import Permission
from models.profiles import (
    Alias,
    Profile,
    Result,
    Tag,
    Team,
    profile_page,
    put_on_new,
    tags_for_new,
    tags_of_profile,
    tags_of_profiles,
    tags_seen_by,
)
from models.profiles.listing import names_of_profiles
from models.reports import Circle, Person, circle_of, courses_of, guide_for, members_of_team
from models.reports.comparison import FEWEST, MOST
from models.reports.text.readings import headline

ROWS = 50


@bp.get("/profiles")
@allowed(Permission.SEE_PROFILES)
def profiles() -> str | Response:
    account_id, search = current_account_id(), Search.of_request()
    if request.args.keys() & {"do", "by", "profile"}:
        return follow(search)
    tags = Tag.all_in(account_id)
    if not set(search.tag_ids) <= {tag.id for tag in tags}:
        raise NotFound(_("There is no tag with this id in this account."))
    page = profile_page(
        account_id,
        search=search.words,
        tag_ids=search.tag_ids,
        status=search.status,
        disc_letters=search.letters,
        sort=search.sort,
        limit=ROWS,
        cursor=search.cursor,
        skip=0 if search.cursor else (search.page - 1) * ROWS,
    )
    ids = [row.id for row in page.rows]
    selected = names_of_profiles(account_id, search.selected)
    search = replace(search, selected=tuple(selected))
    return render_template(
        "profiles/profiles.html",
        search=search,
        page=page,
        tags=tags,
        tagged=tags_of_profiles(account_id, ids),
        done=Result.assessments_of(account_id, ids),
        asked=set(current_member().account.assessments),
        elsewhere=written_ids(id_ for id_ in selected if id_ not in ids),
        selected_elsewhere=len(selected.keys() - set(ids)),
        short_id=short_id,
        letters=LETTERS,
        numbers=numbers(search, page),
        most_numbered=NUMBERED,
        may_edit=current_member().may(Permission.EDIT_PROFILES),
        may_tag=current_member().may(Permission.MANAGE_TAGS),
        seen=tags_seen_by(current_member()),
    )


def follow(search: Search) -> Response:
    """What a button of the list does with the ticked people. The address that it leads to holds them, and no single ticks."""
    do, chosen = choice("do", request.args, ("", "compare", "tag", "clear")), search.selected
    # Another order begins at its first page.
    here = replace(search, cursor="", page=1) if "by" in request.args else search
    if do == "clear":
        here = replace(here, selected=())
    elif do == "compare" and FEWEST <= len(chosen) <= MOST:
        return redirect(url_for("reporting.comparison", profile=sorted(chosen)))
    elif do == "compare":
        flash(_("Select %(fewest)s to %(most)s people to compare.", fewest=FEWEST, most=MOST), "danger")
    elif do == "tag" and chosen:
        return redirect(url_for(".choose_tag", selected=written_ids(chosen), next=here.url()))
    elif do == "tag":
        flash(_("Choose at least one profile first."), "danger")
    return redirect(here.url())


def numbers(search: Search, page: Page) -> list[int | None]:
    """The pages to choose from, with None for those left out; empty where the list has one page, or goes on by cursor."""
    last = min(-(-page.total // ROWS), NUMBERED)
    if search.cursor or last < 2:
        return []
    near = sorted({1, last} | {number for number in range(search.page - 2, search.page + 3) if 1 <= number <= last})
    shown: list[int | None] = []
    for number in near:
        if shown and number - (shown[-1] or 0) > 1:
            shown.append(None)
        shown.append(number)
    return shown


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
        invitation=(invitation := AssessmentInvitation.newest(account_id, profile_id)),
        progress=progress_of(account_id, [invitation.id]).get(invitation.id) if invitation else None,
        mailed=current_settings().mail_server is not None,
        unshared=Sitting.unshared_of(found),
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
    form, account_id, chosen = ProfileForm(), current_account_id(), chosen_tags()

    def save() -> Saved:
        tags = [Tag.find(account_id, tag_id) for tag_id in tags_for_new(account_id, chosen)]
        made = Profile.create(account_id, **contact(form))
        put_on_new(made, tags)
        give_custom_id(made, form)
        said = _("%(name)s was added. The profile is pending until there are results.", name=made.name)
        return Saved(said, url_for(".profile", profile_id=made.id))

    def show() -> str:
        return render_template("profiles/new.html", form=form, tags=tags_seen_by(current_member()), chosen=chosen)

    return handle_form(form, show, save)


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
        said = _("%(name)s was changed.", name=found.name)
        if invited_again:
            sent = _("Their old link no longer works. A new invitation goes to %(address)s.", address=found.email)
            said = f"{said} {sent}"
        return Saved(said, url_for(".profile", profile_id=profile_id))

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
            removal_asked=RemovalRequest.open_of(found) is not None,
        )
    name = found.name
    delete_profile_of(found, permanently="permanently" in request.form)
    commit_and_say(_("%(name)s was deleted.", name=name))
    return redirect(url_for(".profiles"))
