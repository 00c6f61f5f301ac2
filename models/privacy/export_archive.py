"""The file of an export: a ZIP written from front to back, so that neither it nor the account has to fit into memory."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import models.audit.verify_audit
from models.accounts import Member
from models.audit_log import EntryFilter, as_json_lines
from models.database import now
from models.privacy.export_tables import AUDIT_LOG, KINDS, Kind, Row

Thing = TypeVar("Thing")

PIECE = 256 * 1024
TOLD_EVERY = 200


@dataclass(frozen=True)
class Made:
    """For whom an export is made, where and when."""

    reader: Member
    """The Owner who asked for it."""
    server: str
    """The address of this server."""
    at: datetime = field(default_factory=now)

    @property
    def account_id(self) -> uuid.UUID:
        return self.reader.account_id


class InPieces(BufferedIOBase):
    """A file that passes on what is written to it, in pieces of one size."""

    def __init__(self, keep: Callable[[bytes], None]) -> None:
        self.keep, self.waiting, self.size = keep, bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting += data
        self.size += len(data)
        while len(self.waiting) >= PIECE:
            piece, self.waiting = bytes(self.waiting[:PIECE]), self.waiting[PIECE:]
            self.keep(piece)
        return len(data)

    def close(self) -> None:
        if self.waiting:
            self.keep(bytes(self.waiting))
            self.waiting = bytearray()
        super().close()


def count_all(account_id: uuid.UUID) -> int:
    """The number of rows in an export of this account."""
    return sum(kind.count(account_id) for kind in (*KINDS, AUDIT_LOG))


def write_archive(made: Made, keep: Callable[[bytes], None], advance: Callable[[int], None]) -> int:
    """Write everything, and pass on each piece; `advance` is called with the number of rows in it. Returns the size in bytes."""
    file = InPieces(keep)
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        put(archive, made, "README.txt", [read_me(made)])
        for kind in KINDS:
            put(archive, made, f"{kind.name}.json", as_json(counted(kind.rows(made.account_id), advance)))
        lines = as_json_lines(made.reader, EntryFilter(), f"{made.server}/accounts/{made.account_id}")
        put(archive, made, "audit_trail.jsonl", counted(lines, advance))
        put(archive, made, "verify_audit.py", [Path(models.audit.verify_audit.__file__).read_text(encoding="utf-8")])
    file.close()
    return file.size


def put(archive: ZipFile, made: Made, name: str, texts: Iterable[str]) -> None:
    entry = ZipInfo(name, made.at.timetuple()[:6])
    entry.compress_type, entry.external_attr = ZIP_DEFLATED, 0o600 << 16
    with archive.open(entry, "w", force_zip64=True) as member:
        for text in texts:
            member.write(text.encode())


def as_json(rows: Iterable[Row]) -> Iterator[str]:
    """Rows as one JSON list, one row a line."""
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False, default=plain)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def plain(value: Any) -> Any:
    """Values that JSON does not have: times in UTC, ids, and sets of scopes."""
    if isinstance(value, datetime):
        return value.isoformat()
    return sorted(value) if isinstance(value, frozenset) else str(value)


def counted(things: Iterable[Thing], advance: Callable[[int], None]) -> Iterator[Thing]:
    number = 0
    for number, thing in enumerate(things, 1):
        yield thing
        if number % TOLD_EVERY == 0:
            advance(TOLD_EVERY)
    advance(number % TOLD_EVERY)


def read_me(made: Made) -> str:
    return README.format(
        account=made.reader.account.name,
        at=f"{made.at:%-d %B %Y, %H:%M} UTC",
        server=made.server,
        person=made.reader.user.name,
        files="\n".join(f"  {name_of(kind):<30}{kind.about}" for kind in (*KINDS, AUDIT_LOG)),
    )


def name_of(kind: Kind) -> str:
    return f"{kind.name}.{'jsonl' if kind is AUDIT_LOG else 'json'}"


README = """\
Everything that the account "{account}" has in Profile, as it was on {at}.
Made at {server} for {person}.

{files}
  verify_audit.py               The program that verifies the audit log. It needs only Python.

The files are JSON in UTF-8: a list with one row a line, and one entry a line in the audit log. Times are in UTC. Rows
refer to each other by id. For example, a result's profile_id is the id of a profile. An empty list means that there is none.

Not in here: passwords, keys, tokens, codes, and hashes of them; the links of invitations; unfinished answers, and results that
a Manager has not reviewed yet; what belongs to the people who sign in and not to the account (their sessions, passkeys and
other accounts).

To see whether the audit log was changed:  python verify_audit.py audit_trail.jsonl --seal SEAL
SEAL is a seal that you noted earlier, from the Audit log page.

This file holds personal data. Protect it as carefully as the account itself, and delete it when you no longer need it.
"""
