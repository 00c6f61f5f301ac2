"""Calls of an app that wait for a person: what each would do, and their answer."""

from __future__ import annotations

import json
from uuid import UUID

from flask import flash, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.auth.reauthentication import ask_for_proof_at, just_proven, proven_by_passkey, sometimes_needs_proof
from blueprints.connections import bp
from blueprints.connections.lookup import ask_for_factor, back_to, find_visible, viewer_of
from blueprints.forms.call_sentences import call_changes, call_sentence
from models.accounts import Member
from models.approvals import Approval, NotWaiting
from models.connections import Connection
from models.database import db, in_account
from models.request_scope import AskFirst

bp.app_template_filter("call_sentence")(call_sentence)

ALLOW, DENY = "allow", "deny"
ANSWER_LATER = lazy_gettext("Nothing was answered yet. Confirm it's you, then answer.")


@bp.route("/<uuid:connection_id>/calls/<uuid:approval_id>", methods=["GET", "POST"])
@signed_in
@sometimes_needs_proof
def call(connection_id: UUID, approval_id: UUID) -> str | Response:
    """One call that waits. To deny it needs no proof of who somebody is, to allow it does."""
    connection = find_visible(connection_id)
    viewer = viewer_of(connection)
    ask_for_factor(viewer, connection)
    with in_account(connection.account_id):
        approval = Approval.find(viewer, approval_id)
        if request.method == "POST":
            return answer(approval, connection, viewer)
        sent = json.dumps(approval.arguments, indent=2, ensure_ascii=False, sort_keys=True)
        changes = call_changes(approval.facts)
        return render_template(
            "connections/call.html", approval=approval, connection=connection, sent=sent, changes=changes
        )


def answer(approval: Approval, connection: Connection, viewer: Member) -> Response:
    chosen = request.form.get("answer")
    if chosen not in {ALLOW, DENY}:
        raise BadRequest
    if chosen == ALLOW and not just_proven():
        return ask_for_proof_at(request.path, str(ANSWER_LATER))
    if chosen == ALLOW and approval.kind == AskFirst.DELETE and not proven_by_passkey():
        return ask_for_proof_at(request.path, str(ANSWER_LATER), by_passkey=True)
    try:
        approval.answer(viewer, chosen == ALLOW, request.form.get("shown", ""))
        db.session.commit()
        said = (
            _("Allowed. %(app)s can now make this call, once.", app=connection.app_name)
            if chosen == ALLOW
            else _("Denied. Nothing was done.")
        )
        flash(said, "good")
    except NotWaiting as over:
        db.session.rollback()
        flash(over.message, "danger")
    return back_to(connection.id)


def waiting_calls(viewer: Member, connection: Connection) -> list[Approval]:
    """The calls of this connection that the viewer can answer now."""
    return [each for each in Approval.waiting_for(viewer) if each.connection_id == connection.id]
