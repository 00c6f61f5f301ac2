"""The person's own data: export it, and delete the sign-in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from functools import partial
from tempfile import SpooledTemporaryFile

from flask import Response, flash, g, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.auth.sessions import forget_browser
from blueprints.auth.time_zone import today
from blueprints.settings import bp
from models.accounts import Member
from models.audit import Action
from models.database import db
from models.permissions import Permission
from models.privacy import delete_sign_in, needed_by, own_data, why_needed
from models.profiles import Profile
from models.request_scope import open_scope

# Characters of a document that are kept in memory while it is written, and that are sent at once.
IN_MEMORY, AT_ONCE = 1_000_000, 64_000


@bp.get("/profile/data")
@signed_in
def own() -> str:
    return render_template(
        "settings/data_own.html", memberships=Member.all_of(g.login_session.user_id), profile=own_profile()
    )


def own_profile() -> Profile | None:
    """The profile of this person in the account they are working in, if they may see it there anyway."""
    member: Member | None = g.member
    if member is None or member.lacks_second_factor or not member.may(Permission.SEE_PROFILES):
        return None
    return Profile.by_email(member.account_id, member.user.email)


@bp.post("/profile/data/file")
@signed_in
@recently_authenticated
def download_own() -> Response:
    user_id = g.login_session.user_id
    Member.record_everywhere(Action.PERSON_EXPORTED, user_id)
    db.session.commit()
    answer = Response(stream_with_context(lines(user_id)), mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="my-data-{today()}.json"'
    return answer


def lines(user_id: uuid.UUID) -> Iterator[str]:
    """Stream the document; the request's session is closed by then."""
    with open_scope(reading=True), SpooledTemporaryFile(IN_MEMORY, "w+", encoding="utf-8", newline="") as document:
        for part in own_data(user_id):
            document.write(part)
        # However slow the download is, no transaction stays open during it.
        db.session.rollback()
        document.seek(0)
        yield from iter(partial(document.read, AT_ONCE), "")


@bp.route("/profile/deletion", methods=["GET", "POST"])
@signed_in
@recently_authenticated
def delete_own() -> str | AnyResponse:
    person = g.login_session.user
    if request.method != "POST":
        memberships = Member.all_of(person.id)
        needed = needed_by(memberships)
        return render_template(
            "settings/data_own_deletion.html", memberships=memberships, hindrance=why_needed(needed) if needed else None
        )
    delete_sign_in(person)
    db.session.commit()
    # Last: if the deletion is refused, the person stays signed in and reads why.
    forget_browser()
    flash(_("Your sign-in was deleted. You no longer belong to any account here."), "good")
    return redirect(url_for("accounts.sign_in"))
