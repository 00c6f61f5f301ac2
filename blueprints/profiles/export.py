"""Export the list of profiles as a CSV file, with the filters of the page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from itertools import chain

from flask import Response, stream_with_context

from blueprints.auth.access_control import allowed, current_account_id
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.auth.time_zone import today
from blueprints.profiles import bp
from blueprints.profiles.search import Search
from blueprints.web.csv_export import Cell, as_csv
from models.audit import Action, record
from models.database import in_account, writing
from models.permissions import Permission
from models.profiles import Exported, exported
from models.request_scope import Limits, current_scope, open_scope
from models.text import list_cell

COLUMNS = (
    "email",
    "first_name",
    "last_name",
    "phone",
    "status",
    "disc_style",
    "tags",
    "custom_id",
    "created",
    "completed",
)


@bp.get("/profiles/export")
@allowed(Permission.SEE_PROFILES)
@recently_authenticated
def export_profiles() -> Response:
    account_id, search = current_account_id(), Search.of_request()
    # An export of so much data is an entry in the audit log.
    with writing():
        record(Action.PROFILES_EXPORTED, values={"filtered": search.filters})
    answer = Response(stream_with_context(lines(account_id, search, current_scope().limits)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="profiles-{today()}.csv"'
    return answer


def lines(account_id: uuid.UUID, search: Search, limits: Limits) -> Iterator[str]:
    """Stream the export; the request's session is closed by then."""
    with open_scope(reading=True) as scope, in_account(account_id), scope.limited_to(limits):
        found = exported(
            account_id,
            search=search.words,
            tag_ids=search.tag_ids,
            status=search.status,
            disc_letters=search.letters,
            sort=search.sort,
        )
        yield from as_csv(chain([COLUMNS], map(row, found)))


def row(each: Exported) -> list[Cell]:
    profile, finished = each.profile, each.profile.completed_at
    return [
        profile.email,
        profile.first_name,
        profile.last_name,
        each.phone,
        profile.status,
        profile.disc_style,
        list_cell(tag.label for tag in each.tags),
        each.custom_id,
        f"{profile.created_at:%Y-%m-%d}",
        f"{finished:%Y-%m-%d}" if finished else None,
    ]
