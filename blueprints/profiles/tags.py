"""Tags: list, create, change and delete them."""

from __future__ import annotations

import uuid

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.edit_conflict import hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.forms.pagination import page_number, pages, searched
from blueprints.forms.undo import commit_and_say
from blueprints.profiles import bp
from blueprints.profiles.forms import TagForm
from models.audit.before_image import fits
from models.permissions import Permission
from models.profiles import Tag, Team, tag_page
from models.profiles.tag import COLORS

ROWS = 100


@bp.get("/tags")
@allowed(Permission.SEE_TAGS)
def tags() -> str:
    search, number = searched(), page_number()
    page = tag_page(current_account_id(), search=search, limit=ROWS, page=number)
    return render_template(
        "tags/tags.html",
        page=page,
        search=search,
        number=number,
        last=pages(page.total, ROWS),
        may_manage=current_member().may(Permission.MANAGE_TAGS),
    )


@bp.route("/tags/new", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def new_tag() -> Answer:
    form = TagForm(color=COLORS[0])

    def save() -> Saved:
        tag = Tag.create(current_account_id(), form.label.data or "", form.color.data)
        return Saved(_("The tag %(tag)s was created.", tag=tag.label), url_for(".tags"))

    return handle_form(form, lambda: render_template("tags/new.html", form=form), save)


@bp.route("/tags/<uuid:tag_id>/edit", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def edit_tag(tag_id: uuid.UUID) -> Answer:
    tag = hold_still(Tag.find(current_account_id(), tag_id))
    form = TagForm(obj=tag)

    def save() -> Saved:
        tag.update(form.label.data, form.color.data)
        return Saved(_("The tag %(tag)s was changed.", tag=tag.label), url_for(".tags"))

    return handle_edit(form, lambda: render_template("tags/edit.html", form=form, tag=tag), save)


@bp.route("/tags/<uuid:tag_id>/deletion", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def delete_tag(tag_id: uuid.UUID) -> str | Response:
    tag = Tag.find(current_account_id(), tag_id)
    if request.method != "POST":
        return render_template("tags/deletion.html", tag=tag, teams=Team.by_tag(tag), kept=fits(1 + tag.profile_count))
    label = tag.label
    tag.delete()
    commit_and_say(_("The tag %(tag)s was deleted.", tag=label))
    return redirect(url_for(".tags"))
