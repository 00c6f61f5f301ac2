"""The audit log as a file: JSON Lines in the envelope of CloudEvents 1.0 with the seals, or a table. In English for every reader."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import chain, islice
from typing import Any

from sqlalchemy import Select

from models.accounts import Member
from models.audit import (
    ENGLISH_WORDING,
    AuditEntry,
    AuditPersonal,
    AuditPurge,
    entry_facts,
    hash_of_line,
    personal_facts,
    seal_numbers,
    seal_of,
    signed_of_sheet,
)
from models.audit_log.query import EntryFilter, RenderedEntry, Row, all_entries, render_all, render_entries, visible
from models.database import db, new_id, now
from models.permissions import Permission
from models.secrets import Signer

AT_ONCE = 500
SIGNED_AT_ONCE = 100
COLUMNS = (
    "when",
    "who",
    "app",
    "what happened",
    "action",
    "outcome",
    "reason",
    "tool",
    "address",
    "browser",
    "request",
    "entry",
    "hash",
)


def is_filtered(reader: Member, wanted: EntryFilter) -> bool:
    """Whether an export for this member leaves out entries of the account."""
    return wanted != EntryFilter() or not reader.may(Permission.SEE_WHOLE_AUDIT)


def in_one_transaction() -> None:
    """What happens between two parts of an export that nobody waits for."""


def as_json_lines(
    reader: Member, wanted: EntryFilter, source: str, between: Callable[[], None] = in_one_transaction
) -> Iterator[str]:
    """The lines of an export, with a signed list of hashes after every hundred.

    The order is: header, entries (oldest first), seals with the ids and hashes of all their entries (whether in the
    export or not), and the purge.
    """
    account = {"id": str(reader.account_id), "name": reader.account.name}
    rendered_entries = entries(reader, wanted, between)
    yield from signed(source, is_filtered(reader, wanted), account, rendered_entries, between)


def remains_as_json_lines(account_id: uuid.UUID, source: str) -> Iterator[str]:
    """The same for the remaining log of a deleted account, which has no members to ask for it."""
    rendered_entries = in_parts(
        all_entries(account_id), in_one_transaction, lambda rows: render_all(account_id, rows, ENGLISH_WORDING)
    )
    yield from signed(source, False, {"id": str(account_id), "name": ""}, rendered_entries, in_one_transaction)


def signed(
    source: str,
    filtered: bool,
    account: dict[str, str],
    rendered_entries: Iterator[RenderedEntry],
    between: Callable[[], None],
) -> Iterator[str]:
    export_id = str(new_id())
    head = line(source, "audit.export", export_id, {"account": account, "filtered": filtered})
    lines = chain([head], events(uuid.UUID(account["id"]), rendered_entries, source, between))
    signer, number, part = Signer(), 0, list(islice(lines, SIGNED_AT_ONCE))
    while part:
        # Only the last list of lines says that it is the last, so the next part is read first.
        number, following = number + 1, list(islice(lines, SIGNED_AT_ONCE))
        listed = {
            "export": export_id,
            "number": number,
            "last": not following,
            "lines": [hash_of_line(each) for each in part],
            "public_key": signer.public_key,
        }
        yield from part
        yield line(source, "audit.lines", f"{export_id}-{number}", listed, sign=signer)
        part = following


def events(
    account_id: uuid.UUID, rendered_entries: Iterator[RenderedEntry], source: str, between: Callable[[], None]
) -> Iterator[str]:
    newest = max(seal_numbers(account_id), default=0)
    for entry in rendered_entries:
        personal = personal_facts(entry.personal) if entry.personal else None
        facts = entry_facts(entry.entry)
        data = {"sentence": entry.text, "entry": facts, "personal": personal}
        yield line(source, facts["action"], facts["id"], data, time=facts["at"])
    # Read after the entries, so that entries purged during the export do not seem to be missing.
    purge = AuditPurge.last(account_id)
    facts_of_purge = asdict(purge.read) if purge else None
    id_of_purge = f"{account_id}-purge-{purge.number}" if purge else ""
    # A seal made during the export can list an entry that was too late for its part of it.
    newest = max(newest, purge.seal if purge else 0)
    numbers = [number for number in seal_numbers(account_id) if number <= newest]
    between()
    for number in numbers:
        seal = seal_of(account_id, number)
        between()
        members = [[member.entry_id, member.entry_hash, member.signature] for member in seal.members]
        listed = {
            "account_id": seal.account_id,
            "number": seal.number,
            "until": seal.until,
            "previous": seal.previous,
            "public_key": seal.public_key,
            "seal_hash": seal.seal_hash,
            "signature": seal.signature,
            "members": members,
        }
        yield line(source, "audit.seal", f"{seal.account_id}-{seal.number}", listed, time=seal.until)
    if facts_of_purge:
        yield line(source, "audit.purge", id_of_purge, facts_of_purge, time=facts_of_purge["at"])


def line(
    source: str, kind: str, id_: str, data: dict[str, Any], time: str | None = None, sign: Signer | None = None
) -> str:
    """One event (CloudEvents 1.0, JSON format), signed if a signer is given."""
    event = {
        "specversion": "1.0",
        "id": id_,
        "source": source,
        "type": f"profile.{kind}",
        "time": time or now().isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    if sign:
        data["signature"] = sign.sign(signed_of_sheet(event))
    return json.dumps(event, ensure_ascii=False) + "\n"


def as_rows(
    reader: Member, wanted: EntryFilter, between: Callable[[], None] = in_one_transaction
) -> Iterator[list[str]]:
    """The same as a table: its heading, then one row for each entry, oldest first."""
    found = entries(reader, wanted, between)
    between()
    return chain([list(COLUMNS)], map(row_of, found))


def row_of(entry: RenderedEntry) -> list[str]:
    facts, personal = entry.entry, entry.personal
    return [
        facts.at.isoformat(timespec="seconds"),
        entry.names.get("member", facts.member_id) or "",
        entry.app or "",
        entry.text,
        entry.title,
        facts.outcome,
        facts.reason or "",
        facts.tool or "",
        (personal and personal.address) or "",
        (personal and personal.user_agent) or "",
        facts.request_id or "",
        str(facts.id),
        facts.entry_hash,
    ]


def entries(
    reader: Member, wanted: EntryFilter, between: Callable[[], None] = in_one_transaction
) -> Iterator[RenderedEntry]:
    """The entries that match and that this member may see, oldest first, rendered in batches."""
    matching = visible(reader).where(*wanted.conditions(reader.account_id))
    return in_parts(matching, between, lambda rows: render_entries(reader, rows, ENGLISH_WORDING))


def in_parts(
    matching: Select[AuditEntry, AuditPersonal],
    between: Callable[[], None],
    render: Callable[[list[Row]], list[RenderedEntry]],
) -> Iterator[RenderedEntry]:
    """Entries in batches, each read and rendered before the first of it is passed on; `between` is called after each."""
    last = None
    while rows := batch(matching, last):
        rendered = render(rows)
        last = rows[-1][0].id
        # Written entries do not need to stay in memory.
        for entry, personal in rows:
            db.session.expunge(entry)
            if personal is not None:
                db.session.expunge(personal)
        between()
        yield from rendered


def batch(
    matching: Select[AuditEntry, AuditPersonal], last: uuid.UUID | None
) -> list[tuple[AuditEntry, AuditPersonal | None]]:
    newer = matching if last is None else matching.where(AuditEntry.id > last)
    rows = db.session.execute(newer.order_by(AuditEntry.id).limit(AT_ONCE))
    return [(entry, personal) for entry, personal in rows]
