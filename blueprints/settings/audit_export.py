"""Export the audit log, with the program that verifies it elsewhere."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

from flask import Response, current_app, request, stream_with_context
from flask_babel import gettext as _

import models.audit.verify_audit
from blueprints.auth.access_control import allowed, current_member, public
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.auth.time_zone import today
from blueprints.settings import bp
from blueprints.settings.audit import wanted_entries
from blueprints.web.csv_export import as_csv
from models.accounts import Member
from models.audit import Action, record
from models.audit_log import EntryFilter, as_json_lines, as_rows, is_filtered
from models.database import db, in_account, writing
from models.errors import Invalid
from models.permissions import Permission
from models.request_scope import open_scope

FORMATS = {"jsonl": "application/x-ndjson", "csv": "text/csv"}


@bp.get("/audit/export")
@allowed(Permission.CONNECT_APPS)
@recently_authenticated
def export_audit() -> Response:
    """What this member may see of the log, with the filters of the page; streamed, however long it is."""
    reader, wanted, kind = current_member(), wanted_entries(), request.args.get("format", "jsonl")
    if kind not in FORMATS:
        raise Invalid("format", _("An export is made as jsonl or as csv."))
    # An export of the log is recorded too, as the last entry in the export.
    with writing():
        record(Action.AUDIT_EXPORTED, values={"format": kind, "filtered": is_filtered(reader, wanted)})
    answer = Response(
        stream_with_context(lines(reader.user_id, reader.account_id, wanted, kind)), mimetype=FORMATS[kind]
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="audit-log-{today()}.{kind}"'
    return answer


def lines(user_id: uuid.UUID, account_id: uuid.UUID, wanted: EntryFilter, kind: str) -> Iterator[str]:
    """Stream the export; the request's session is closed by then."""
    with open_scope(reading=True), in_account(account_id):
        reader = Member.of(user_id, account_id)
        if reader is not None:
            source = f"{current_app.config['PROFILE'].public_url}/accounts/{account_id}"
            # However slow the download is, no transaction stays open while a part of it is on its way.
            release = db.session.rollback
            yield from (
                as_json_lines(reader, wanted, source, release)
                if kind == "jsonl"
                else as_csv(as_rows(reader, wanted, release))
            )


@bp.get("/audit/verifier")
@public
def verifier() -> Response:
    """The program that verifies an export on any machine: one file, standard library only."""
    program = Path(models.audit.verify_audit.__file__).read_text(encoding="utf-8")
    answer = Response(program, mimetype="text/x-python")
    answer.headers["Content-Disposition"] = 'attachment; filename="verify_audit.py"'
    return answer
