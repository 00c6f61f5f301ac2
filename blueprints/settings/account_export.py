"""Export an account's data in the background, and export the data of one person for that person."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from flask import Response, flash, redirect, render_template, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.auth.time_zone import reader_zone
from blueprints.settings import bp
from config import current_settings
from models.accounts import DataExport, pieces_of
from models.database import db, in_account, now
from models.permissions import Permission
from models.privacy import Erasure, data_of
from models.profiles import Profile
from models.request_scope import open_scope


@bp.get("/data")
@allowed(Permission.MANAGE_DATA)
def data() -> str:
    """The Owners' page for all of the account's data: export it, delete it, and see the progress."""
    account = current_member().account
    return render_template(
        "settings/data.html",
        account=account,
        export=DataExport.newest(account.id),
        erasure=Erasure.of_account(account.id),
        mailed=mailed(),
    )


def mailed() -> bool:
    settings = current_settings()
    return settings.mail_server is not None


@bp.post("/data/exports")
@allowed(Permission.MANAGE_DATA)
@recently_authenticated
def ask_export() -> AnyResponse:
    member = current_member()
    DataExport.ask(member.account_id, member.id)
    db.session.commit()
    by_mail = _("The export is being made. You will get an e-mail when it is ready.")
    flash(by_mail if mailed() else _("The export is being made. You do not have to wait here."), "good")
    return redirect(url_for(".data"))


@bp.post("/data/exports/<uuid:export_id>/file")
@allowed(Permission.MANAGE_DATA)
@recently_authenticated
def download_export(export_id: uuid.UUID) -> Response:
    export = DataExport.find(current_account_id(), export_id)
    export.hand_out()
    made, size = export.ready_at or now(), export.size
    db.session.commit()
    answer = Response(stream_with_context(pieces(current_account_id(), export_id)), mimetype="application/zip")
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="profile-export-{made.astimezone(reader_zone()):%Y-%m-%d}.zip"'
    )
    answer.content_length = size
    return answer


def pieces(account_id: uuid.UUID, export_id: uuid.UUID) -> Iterator[bytes]:
    """Stream the file; the request's session is closed by then."""
    with open_scope(reading=True), in_account(account_id):
        yield from pieces_of(account_id, export_id)


@bp.post("/data/exports/<uuid:export_id>/removal")
@allowed(Permission.MANAGE_DATA)
def remove_export(export_id: uuid.UUID) -> AnyResponse:
    DataExport.find(current_account_id(), export_id).remove()
    db.session.commit()
    flash(_("The export was removed."), "good")
    return redirect(url_for(".data"))


@bp.post("/data/profiles/<uuid:profile_id>/file")
@allowed(Permission.EDIT_PROFILES)
@recently_authenticated
def download_profile(profile_id: uuid.UUID) -> Response:
    """Everything stored about one person, to be handed to them."""
    document = data_of(Profile.find(current_account_id(), profile_id))
    db.session.commit()
    answer = Response(document, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="profile-{profile_id}.json"'
    return answer
