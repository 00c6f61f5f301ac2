"""Shared assessment links: create one with tags and a custom id, copy it, close it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.handling import Answer, handle_form
from blueprints.forms.inputs import chosen_tags
from blueprints.forms.pagination import page_number, pages
from blueprints.invitations import bp
from blueprints.invitations.forms import LinkForm
from blueprints.web.urls import assessment_address
from models.assessments import AssessmentLink
from models.database import db
from models.permissions import Permission
from models.profiles import Tag, tags_for_new

ROWS = 50


@bp.get("/invitations/links")
@allowed(Permission.EDIT_PROFILES)
def links() -> str:
    number = page_number()
    page = AssessmentLink.open_in(current_account_id(), ROWS, number)
    known = {str(tag.id): tag for tag in Tag.all_in(current_account_id())}
    rows = [(each, [known[id_] for id_ in each.tag_ids if id_ in known]) for each in page.rows]
    last = pages(page.total, ROWS)
    return render_template("invitations/links.html", page=page, rows=rows, number=number, last=last)


@bp.route("/invitations/links/new", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def new_link() -> Answer:
    form, tags, chosen = LinkForm(), Tag.all_in(current_account_id()), chosen_tags()

    def save() -> Answer:
        account_id, by = current_account_id(), current_member().id
        made = AssessmentLink.provide(account_id, tags_for_new(account_id, chosen), form.custom_id.data, by=by)
        return redirect(url_for(".link", link_id=made.id))

    def show() -> str:
        return render_template("invitations/new_link.html", form=form, tags=tags, chosen=chosen)

    return handle_form(form, show, save)


@bp.get("/invitations/links/<uuid:link_id>")
@allowed(Permission.EDIT_PROFILES)
def link(link_id: uuid.UUID) -> str:
    found = AssessmentLink.find(current_account_id(), link_id)
    return render_template("invitations/link.html", link=found, address=assessment_address(found.link))


@bp.route("/invitations/links/<uuid:link_id>/closure", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def close_link(link_id: uuid.UUID) -> str | Response:
    found = AssessmentLink.find(current_account_id(), link_id)
    if request.method != "POST":
        return render_template("invitations/closure.html", link=found)
    found.close()
    db.session.commit()
    flash(_("The link is closed. Nobody can start with it any more."), "good")
    return redirect(url_for(".links"))
