"""Reading the audit log: queries, search, sentences, export."""

from models.audit_log.connection_activity import calls_by_day, lately, scale_of
from models.audit_log.export import as_json_lines, as_rows, entries, is_filtered, remains_as_json_lines
from models.audit_log.query import Page, Wanted, apps_seen_by, entry_told, lately_by_apps, members_seen_by, trail_page
from models.audit_log.retention import purge_remains, purge_trail

__all__ = [
    "Page",
    "Wanted",
    "apps_seen_by",
    "as_json_lines",
    "as_rows",
    "calls_by_day",
    "entries",
    "entry_told",
    "is_filtered",
    "lately",
    "lately_by_apps",
    "members_seen_by",
    "purge_remains",
    "purge_trail",
    "remains_as_json_lines",
    "scale_of",
    "trail_page",
]
