"""Reading the audit log: queries, search, sentences, export."""

from models.audit_log.connection_activity import calls_by_day, recent_entries, scale_of
from models.audit_log.digest import (
    AppWeek,
    digest_is_whole,
    send_digests,
    stop_digests,
    stop_secret,
    stops_for,
    week_of,
)
from models.audit_log.export import as_json_lines, as_rows, entries, is_filtered, remains_as_json_lines
from models.audit_log.first_call import ConnectedApp
from models.audit_log.query import (
    EntryFilter,
    Page,
    RenderedEntry,
    Tally,
    apps_seen_by,
    count_entries,
    log_page,
    members_seen_by,
    recent_app_calls,
    rendered_entry,
)
from models.audit_log.rehearsal import Rehearsal, Unsaid, rehearse_limits, rehearse_policy
from models.audit_log.retention import purge_log, purge_remains

__all__ = [
    "AppWeek",
    "ConnectedApp",
    "EntryFilter",
    "Page",
    "Rehearsal",
    "RenderedEntry",
    "Tally",
    "Unsaid",
    "apps_seen_by",
    "as_json_lines",
    "as_rows",
    "calls_by_day",
    "count_entries",
    "digest_is_whole",
    "entries",
    "is_filtered",
    "log_page",
    "members_seen_by",
    "purge_log",
    "purge_remains",
    "recent_app_calls",
    "recent_entries",
    "rehearse_limits",
    "rehearse_policy",
    "remains_as_json_lines",
    "rendered_entry",
    "scale_of",
    "send_digests",
    "stop_digests",
    "stop_secret",
    "stops_for",
    "week_of",
]
