"""Tags: list, create, change and delete them."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.forms.pagination import page_number, pages, searched
from blueprints.profiles import bp
from blueprints.profiles.forms import TagForm
from models.database import db
from models.errors import Invalid
from models.permissions import Permission
from models.profiles import Tag, tag_page
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
def new_tag() -> str | Response | tuple[str, int]:
    form = TagForm(color=COLORS[0])
    if request.method != "POST":
        return render_template("tags/new.html", form=form)
    try:
        if form.validate():
            tag = Tag.create(current_account_id(), form.label.data or "", form.color.data)
            db.session.commit()
            flash(f"The tag {tag.label} was created.", "good")
            return redirect(url_for(".tags"))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return render_template("tags/new.html", form=form), 400


@bp.route("/tags/<uuid:tag_id>/edit", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def edit_tag(tag_id: uuid.UUID) -> str | Response | tuple[str, int]:
    tag = Tag.find(current_account_id(), tag_id)
    form = TagForm(obj=tag)
    if request.method != "POST":
        return render_template("tags/edit.html", form=form, tag=tag)
    try:
        if form.validate():
            tag.update(form.label.data, form.color.data)
            db.session.commit()
            flash(f"The tag {tag.label} was changed.", "good")
            return redirect(url_for(".tags"))
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return render_template("tags/edit.html", form=form, tag=tag), 400


@bp.route("/tags/<uuid:tag_id>/deletion", methods=["GET", "POST"])
@allowed(Permission.MANAGE_TAGS)
def delete_tag(tag_id: uuid.UUID) -> str | Response:
    tag = Tag.find(current_account_id(), tag_id)
    if request.method != "POST":
        return render_template("tags/deletion.html", tag=tag)
    label = tag.label
    tag.delete()
    db.session.commit()
    flash(f"The tag {label} was deleted.", "good")
    return redirect(url_for(".tags"))
