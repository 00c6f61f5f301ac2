"""The database: engine, base types, tenancy and locks."""

from models.database.base import (
    Base,
    Id,
    Moment,
    SortText,
    UTCDateTime,
    Word,
    change,
    claim_once,
    core_connection,
    db,
    new_id,
    now,
    rows_changed,
    table_of,
    unique,
)
from models.database.clock import microseconds, shared_now
from models.database.commit_outcome import OutcomeUnknown
from models.database.engine import (
    begin_writing,
    commit,
    empty_journal,
    engine_options,
    is_behind_pooler,
    on_one_connection,
    only_reading,
    prepare_engine,
    rewrite_file,
    rollback,
    write_in_group,
    writing,
)
from models.database.leader_election import election
from models.database.lease import Lease, Leased, bring_forward
from models.database.one_time_link import OneTimeLink
from models.database.outage import outage
from models.database.pagination import COUNTED_AT_MOST, Page, page_beside, page_of
from models.database.prepared import Prepared, PreparedRows, Row
from models.database.schema import Schema, revision_of, revisions, schema_of
from models.database.sweeping import delete_in_account
from models.database.tenancy import AccountRow, enter_account, in_account, watch

__all__ = [
    "COUNTED_AT_MOST",
    "AccountRow",
    "Base",
    "Id",
    "Lease",
    "Leased",
    "Moment",
    "OneTimeLink",
    "OutcomeUnknown",
    "Page",
    "Prepared",
    "PreparedRows",
    "Row",
    "Schema",
    "SortText",
    "UTCDateTime",
    "Word",
    "begin_writing",
    "bring_forward",
    "change",
    "claim_once",
    "commit",
    "core_connection",
    "db",
    "delete_in_account",
    "election",
    "empty_journal",
    "engine_options",
    "enter_account",
    "in_account",
    "is_behind_pooler",
    "microseconds",
    "new_id",
    "now",
    "on_one_connection",
    "only_reading",
    "outage",
    "page_beside",
    "page_of",
    "prepare_engine",
    "revision_of",
    "revisions",
    "rewrite_file",
    "rollback",
    "rows_changed",
    "schema_of",
    "shared_now",
    "table_of",
    "unique",
    "watch",
    "write_in_group",
    "writing",
]
