"""Taking back what an app changed since a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from blueprints.auth.access_control import signed_in
from blueprints.auth.time_zone import reader_zone
from blueprints.connections import bp
from blueprints.connections.lookup import ask_for_factor, find_visible, viewer_of
from blueprints.forms.undo import answer_plan
from models.audit.before_image import KEPT
from models.database import in_account, now
from models.errors import Invalid
from models.request_scope import current_scope
from models.undo import changes_since


@bp.route("/<uuid:connection_id>/undo", methods=["GET", "POST"])
@signed_in
def undo(connection_id: UUID) -> str | Response | tuple[str, int]:
    """What would become of everything that this app changed since then; and doing that."""
    connection = find_visible(connection_id)
    viewer = viewer_of(connection)
    ask_for_factor(viewer, connection)
    here, since = url_for(".connection", connection_id=connection.id), given_moment()
    if since is None:
        return redirect(url_for(".undo", connection_id=connection.id, since=written(now() - timedelta(hours=1))))
    before = request.args.get("before", type=UUID)
    with in_account(connection.account_id), current_scope().limited_to(viewer.limits):
        changes = changes_since(connection, since, before)
        older = url_for(".undo", connection_id=connection.id, since=written(since), before=changes.oldest)
        return answer_plan(
            changes,
            viewer,
            older if changes.oldest else here,
            lambda **shown: render_template(
                "connections/undo.html",
                connection=connection,
                since=written(since),
                before=before,
                older=older,
                oldest=written(now() - KEPT),
                newest=written(now()),
                **shown,
            ),
        )


def given_moment() -> datetime | None:
    """The moment in the address, as the reader's clock shows it; raises `Invalid` if it is none."""
    text = request.args.get("since", "").strip()
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("since", _("Enter a day and a time, such as 2026-07-28 14:00.")) from None
    if moment is None:
        return None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=reader_zone())).astimezone(UTC)
    except OverflowError:
        raise Invalid("since", _("Enter a day and a time, such as 2026-07-28 14:00.")) from None


def written(moment: datetime) -> str:
    """A moment as the field for it takes one, in the reader's time zone."""
    return moment.astimezone(reader_zone()).strftime("%Y-%m-%dT%H:%M")
