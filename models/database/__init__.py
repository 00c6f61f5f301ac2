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
    db,
    new_id,
    now,
    rows_changed,
    table_of,
    unique,
)
from models.database.engine import (
    begin_writing,
    empty_journal,
    engine_options,
    on_one_connection,
    only_reading,
    prepare_engine,
    rewrite_file,
    writing,
)
from models.database.lease import Lease, Leased
from models.database.one_time_link import OneTimeLink
from models.database.pagination import COUNTED_AT_MOST, Page, page_beside, page_of
from models.database.prepared import Prepared, Row
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
    "Page",
    "Prepared",
    "Row",
    "SortText",
    "UTCDateTime",
    "Word",
    "begin_writing",
    "change",
    "claim_once",
    "db",
    "empty_journal",
    "engine_options",
    "enter_account",
    "in_account",
    "new_id",
    "now",
    "on_one_connection",
    "only_reading",
    "page_beside",
    "page_of",
    "prepare_engine",
    "rewrite_file",
    "rows_changed",
    "table_of",
    "unique",
    "watch",
    "writing",
]
