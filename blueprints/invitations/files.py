"""Invite many people by a CSV file: choose it, review what will happen to each person, confirm."""

from __future__ import annotations

import uuid

from flask import Response as File
from flask import flash, redirect, render_template, request, url_for
from flask_babel import format_number, ngettext
from flask_babel import gettext as _
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.forms.handling import Answer, handle_form
from blueprints.forms.inputs import choice
from blueprints.forms.pagination import page_number, pages
from blueprints.invitations import bp
from blueprints.invitations.forms import InvitationFileForm
from blueprints.invitations.invitations import sends_mail
from blueprints.web import errors
from blueprints.web.csv_export import csv_file
from models.assessments.bulk_invite import MOST_BYTES, MOST_PEOPLE, InvitationFile, read_sheet
from models.assessments.bulk_invite.csv_reader import COLUMNS
from models.assessments.bulk_invite.row import OUTCOMES
from models.database import begin_writing, db
from models.errors import Invalid
from models.permissions import Permission
from models.profiles.importing.files import Faulty
from models.profiles.importing.scores import printable
from models.text import list_cell

ROWS = 100
# So many columns are called by name.
NAMED = 5
TEMPLATE = [["ana@example.com", "Ana", "Löwe", "Sales; Berlin", "crm-17"], ["ben@example.com", "Ben", "Okafor", "", ""]]


@bp.route("/invitations/files", methods=["GET", "POST"])
@allowed(Permission.EDIT_PROFILES)
def new_invitation_file() -> Answer:
    form = InvitationFileForm()

    def show() -> str:
        return render_template(
            "invitations/new_file.html", form=form, columns=COLUMNS, most=MOST_PEOPLE, mailed=sends_mail()
        )

    def save() -> Answer:
        try:
            return redirect(url_for(".invitation_file", file_id=keep(form)))
        except Faulty as problem:
            told = " ".join(
                _("Line %(line)s: %(reason)s", line=fault.line, reason=fault.reason) for fault in problem.faults
            )
            raise Invalid("file", told) from None

    return handle_form(form, show, save)


def keep(form: InvitationFileForm) -> uuid.UUID:
    """Read and store the file; returns its id."""
    account_id, member_id = current_member().account_id, current_member().id
    begin_writing()
    sheet = read_sheet(form.file.data.read())
    kept = InvitationFile.keep(account_id, member_id, sheet, form.note.data or "")
    if sheet.passed_over:
        named = ", ".join(_("“%(label)s”", label=printable(column)) for column in sheet.passed_over[:NAMED])
        if (more := len(sheet.passed_over) - NAMED) > 0:
            flash(_("Columns not used: %(columns)s and %(more)s more.", columns=named, more=more))
        else:
            flash(_("Columns not used: %(columns)s.", columns=named))
    return kept.id


@bp.get("/invitations/files/template")
@allowed(Permission.EDIT_PROFILES)
def invitation_file_template() -> File:
    return csv_file("invitations", [COLUMNS, *TEMPLATE])


@bp.get("/invitations/files/<uuid:file_id>")
@allowed(Permission.EDIT_PROFILES)
def invitation_file(file_id: uuid.UUID) -> str:
    file = InvitationFile.find(current_member(), file_id)
    if file.confirmed_at:
        return render_template("invitations/file_sent.html", file=file, outcomes=OUTCOMES)
    wanted, number = choice("show", request.args, ("", *OUTCOMES)), page_number()
    guests = [guest for guest in file.guests if wanted in ("", guest.outcome)]
    return render_template(
        "invitations/file.html",
        file=file,
        outcomes=OUTCOMES,
        shown=wanted,
        number=number,
        last=pages(len(guests), ROWS),
        guests=guests[(number - 1) * ROWS : number * ROWS],
        total=len(guests),
        missing_tags=file.missing_tags,
    )


@bp.post("/invitations/files/<uuid:file_id>/tags")
@allowed(Permission.MANAGE_TAGS)
def create_tags_of_invitation_file(file_id: uuid.UUID) -> Response:
    file = InvitationFile.find(current_member(), file_id)
    if created := file.create_tags():
        flash(_("Tags created: %(tags)s.", tags=list_cell(created)), "good")
    db.session.commit()
    return redirect(url_for(".invitation_file", file_id=file_id))


@bp.post("/invitations/files/<uuid:file_id>/confirmation")
@allowed(Permission.EDIT_PROFILES)
def confirm_invitation_file(file_id: uuid.UUID) -> Response:
    file = InvitationFile.find(current_member(), file_id)
    done = file.confirm()
    db.session.commit()
    if done:
        flash(f"{people_invited(file.invited)} {links_on_their_way()}", "good")
    else:
        flash(_("The account has changed since this preview, so nothing was sent. Check the new preview."), "danger")
    return redirect(url_for(".invitation_file", file_id=file_id))


@bp.post("/invitations/files/<uuid:file_id>/deletion")
@allowed(Permission.EDIT_PROFILES)
def throw_invitation_file_away(file_id: uuid.UUID) -> Response:
    InvitationFile.find(current_member(), file_id).discard()
    db.session.commit()
    flash(_("The file was discarded. Nobody was invited."))
    return redirect(url_for(".invitations"))


def links_on_their_way() -> str:
    if sends_mail():
        return str(_("E-mails with personal links are on their way."))
    return str(_("This server does not send e-mail. Share the personal links yourself: they are under Invitations."))


def people_invited(count: int) -> str:
    number = format_number(count)
    return str(ngettext("%(number)s person is invited.", "%(number)s people are invited.", count, number=number))


@bp.errorhandler(RequestEntityTooLarge)
def too_large(error: RequestEntityTooLarge) -> Response | tuple[str, int] | tuple[str, int, dict[str, str]]:
    """Explain that a file is too large; no person sends any other body of that size here."""
    if request.endpoint != f"{bp.name}.new_invitation_file":
        return errors.http_error(error)
    db.session.rollback()
    most = _(
        "A file can have at most %(size)s MB and %(people)s people. Split it and upload the parts one by one.",
        size=MOST_BYTES // 1_000_000,
        people=format_number(MOST_PEOPLE),
    )
    return errors.page(413, _("This file is too large"), most)
