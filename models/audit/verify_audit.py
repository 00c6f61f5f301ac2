#!/usr/bin/env python3
"""Was this audit log changed? Checks an export of Profile's audit log, on any machine with Python 3.9 or newer and nothing else.

    python verify_audit.py export.jsonl                 checks that the export is consistent in itself, which proves no more than that
    python verify_audit.py export.jsonl --seal TEXT     checks that the log has not changed since that seal was noted
    python verify_audit.py export.jsonl --list          also lists the entries that were left out or purged, or lack their personal part

A seal is a line of 128 hexadecimal digits that an Owner copied from the audit log page, or kept with an earlier export. It covers
the whole log up to its time, and the key that signed it. Somebody who changes the database later can compute every hash again, but
can neither find a log with the same seal nor sign anything. So this program names the first entry that was changed, removed, inserted
or moved. The server also signs every line of an export, so it names the first line that the server did not write.

Exit status: 0 nothing is wrong (with a seal: intact up to it; without one: consistent in itself, which proves no more), 1 something is
wrong (it is named), 2 the file or the seal is invalid, 3 what is here is correct, but this export leaves out entries on purpose.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

NOTHING_BEFORE = "0" * 64
LEAST_RETENTION = timedelta(days=30)
BETWEEN_ID_AND_TIME = timedelta(minutes=10)
# How far two clocks may differ before a time counts as in the future.
AHEAD = timedelta(hours=1)
NOWHERE: tuple[None, int] = (None, 0)
ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH = re.compile("[0-9a-f]{64}")


class Unreadable(Exception):
    """The file is not an export, or the seal is invalid; the message says which and where."""


class Verdict(IntEnum):
    """The result, as the exit status."""

    INTACT = 0
    """Up to the noted seal; without one, consistent in itself."""
    WRONG = 1
    INCOMPLETE = 3
    """Nothing is wrong with what is here; what was left out is unknown."""


@dataclass(frozen=True)
class Sealed:
    """One entry in a seal: its id, its hash, and the signature over both and their place."""

    entry_id: str
    entry_hash: str
    signature: str


@dataclass(frozen=True)
class Seal:
    """A seal over entries, chained to the one before it."""

    account_id: str
    number: int
    until: str
    """Every entry from before this time is in this seal or in an earlier one."""
    previous: str
    public_key: str
    seal_hash: str
    signature: str
    members: tuple[Sealed, ...]


@dataclass(frozen=True)
class Purge:
    """The server's statement that it removed everything sealed, from the start up to one entry, after its retention."""

    account_id: str
    at: str
    before: str
    """Nothing from this time or later was removed."""
    seal: int
    seal_hash: str
    place: int
    """The place of the last removed entry in its seal, from 0."""
    entry_id: str
    entries: int
    """How many entries the server has removed in total."""
    public_key: str
    signature: str

    def covers(self, seal: Seal, place: int) -> bool:
        """Whether the entry at this place of a seal was removed."""
        return (seal.number, place) <= (self.seal, self.place)


@dataclass(frozen=True)
class Line:
    """A line of a file: its number, its content, and its hash."""

    number: int
    what: str
    digest: str


@dataclass
class File:
    """An exported file: its header, its lines, and the events that list and sign these lines."""

    id: str
    source: str
    at: str
    filtered: bool
    lines: list[Line] = field(default_factory=list)
    sheets: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """Each with the number of lines before it."""


@dataclass
class AuditLog:
    """What is checked: entries by id, the seals in order, the purge, and the file that it was read from, if any."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    personal: dict[str, dict[str, Any]] = field(default_factory=dict)
    seals: list[Seal] = field(default_factory=list)
    purge: Purge | None = None
    account_id: str | None = None
    file: File | None = None
    odd: Finding | None = None
    """The first thing in the file that no server writes."""

    @property
    def filtered(self) -> bool:
        """Whether this is an export that leaves out entries on purpose."""
        return self.file is not None and self.file.filtered

    def listed(self) -> dict[str, tuple[Seal, int]]:
        """For each sealed entry, its seal and its place in it."""
        return {member.entry_id: (seal, place) for seal in self.seals for place, member in enumerate(seal.members)}


@dataclass(frozen=True)
class Finding:
    """The result as a word and a sentence, and the entry or seal that it names."""

    verdict: Verdict
    sentence: str
    entry_id: str | None = None
    seal: int | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)
    """Ids of entries, by a note about them."""

    @property
    def intact(self) -> bool:
        """Whether everything is there and unchanged."""
        return self.verdict is Verdict.INTACT

    def lines(self) -> Iterator[str]:
        """The notes, one line for each entry."""
        return (f"{what}: {entry_id}" for what, ids in self.notes.items() for entry_id in ids)


def wrong(sentence: str, entry_id: str | None = None, seal: int | None = None) -> Finding:
    return Finding(Verdict.WRONG, sentence, entry_id, seal)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_of_entry(entry: dict[str, Any]) -> str:
    """The hash of an entry: SHA-256 over its fields except the hash, as JSON with sorted keys and no spaces."""
    return sha256(canonical({name: value for name, value in entry.items() if name != "entry_hash"}))


def hash_of_seal(seal: Seal) -> str:
    """The hash of a seal, over everything in it except its signature; its members are included by their ids and hashes, in order."""
    listed = sha256("".join(f"{member.entry_id} {member.entry_hash}\n" for member in seal.members))
    return sha256(
        canonical([seal.account_id, seal.number, seal.until, seal.previous, seal.public_key, len(seal.members), listed])
    )


def signed_of_member(account_id: str, number: int, place: int, member: Sealed) -> bytes:
    """The signed content of an entry."""
    return canonical(["entry", account_id, number, place, member.entry_id, member.entry_hash]).encode()


def signed_of_seal(seal_hash: str) -> bytes:
    """The signed content of a seal."""
    return canonical(["seal", seal_hash]).encode()


def signed_of_purge(purge: Purge) -> bytes:
    """The signed content of a purge: everything in it except the signature."""
    facts = [purge.account_id, purge.at, purge.before, purge.seal, purge.seal_hash, purge.place, purge.entry_id]
    return canonical(["purge", *facts, purge.entries, purge.public_key]).encode()


def signed_of_sheet(event: dict[str, Any]) -> bytes:
    """The signed content of a list of lines: its whole event except the signature."""
    data = {name: value for name, value in event["data"].items() if name != "signature"}
    return canonical(["lines", {**event, "data": data}]).encode()


def hash_of_line(line: str) -> str:
    """The hash of a line of an export, without its line end."""
    return sha256(line.rstrip("\r\n"))


def verify(log: AuditLog, noted: str | None = None) -> Finding:
    """Check an audit log, against a seal that was noted earlier if there is one."""
    anchor, key = (None, None) if noted is None else read_seal(noted)
    return (
        check_form(log)
        or check_chain(log, anchor, key)
        or check_purge(log, keys_until(log, anchor) | handed_over(log, anchor, key))
        or check_entries(log)
        or log.odd
        or check_lines(log, handed_over(log, anchor, key))
        or success(log, anchor)
    )


def read_seal(noted: str) -> tuple[str, bytes]:
    """The hash and the key in a noted seal."""
    text = "".join(noted.split()).lower()
    if not text:
        # For example from an unset shell variable: without a seal, much less would be checked than requested.
        raise Unreadable("The seal is empty. Give the 128 hexadecimal digits that were noted, or no seal at all.")
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 64:
        raise Unreadable("The seal must be the 128 hexadecimal digits that were noted, all of them.")
    return text[:64], raw[32:]


def check_form(log: AuditLog) -> Finding | None:
    """The first thing with a form that no server writes."""
    for entry_id, entry in log.entries.items():
        if not is_entry(entry_id, entry) or not is_personal(log.personal.get(entry_id)):
            return wrong(f"Entry {entry_id!r} was changed: the server does not write this form.", entry_id)
        if log.account_id != entry["account_id"]:
            return wrong(f"Entry {entry_id} was inserted: it belongs to another account.", entry_id)
    for place, seal in enumerate(log.seals, 1):
        if not is_seal(seal) or seal.account_id != log.account_id:
            return wrong(f"Seal {place} was changed: it does not belong to this account.", seal=place)
    return None


def is_entry(entry_id: Any, entry: dict[str, Any]) -> bool:
    texts = ("at", "action", "account_id", "entry_hash", "personal_digest")
    return (
        all(isinstance(entry.get(name), str) for name in texts)
        and entry.get("id") == entry_id
        and is_id(entry_id)
        and is_moment(entry["at"])
    )


def is_personal(personal: Any) -> bool:
    return personal is None or (
        isinstance(personal, dict)
        and isinstance(personal.get("salt"), str)
        and isinstance(personal.get("values"), dict)
    )


def is_seal(seal: Seal) -> bool:
    hashes = (seal.previous, seal.public_key, seal.seal_hash, *(member.entry_hash for member in seal.members))
    return (
        all(HASH.fullmatch(each) for each in hashes)
        and all(is_id(member.entry_id) for member in seal.members)
        and is_moment(seal.until)
    )


def is_id(value: Any) -> bool:
    # Dates end earlier than ids do.
    return isinstance(value, str) and ID.fullmatch(value) is not None and value < "e"


def is_moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def check_chain(log: AuditLog, anchor: str | None, key: bytes | None) -> Finding | None:
    """The first thing that is wrong with the seals themselves."""
    broken = first_break(log)
    if anchor is None or key is None:
        return broken
    hashes = [seal.seal_hash for seal in log.seals]
    if broken is None and anchor in hashes:
        # Later entries are not in the noted seal, but its key vouches for them.
        return first_forgery(log, key, hashes.index(anchor) + 1)
    # Every hash may have been computed again, but not the signatures.
    return first_forgery(log, key) or check_lines(log, {key.hex()}) or not_in(log)


def not_in(log: AuditLog) -> Finding:
    """Nothing else is wrong with what is here, but the noted seal is missing."""
    return wrong(
        f"The noted seal is not in this audit log, which ends with {last_known(log)}. Either later entries are missing, as in "
        "an export that is older than the seal, or something was changed or removed and then sealed again."
    )


def first_break(log: AuditLog) -> Finding | None:
    previous, number = NOTHING_BEFORE, 1
    for seal in log.seals:
        if seal.number != number:
            return wrong(f"Seal {number} is missing.", seal=number)
        if seal.previous != previous or hash_of_seal(seal) != seal.seal_hash:
            return wrong(f"Seal {number} was changed, or the list of its entries was.", seal=number)
        previous, number = seal.seal_hash, number + 1
    return None


def first_forgery(log: AuditLog, key: bytes, since: int = 0) -> Finding | None:
    """Name the first entry, or else the first seal, that the holder of this key did not sign in this form."""
    for expected, seal in enumerate(log.seals[since:], since + 1):
        whole = seal.public_key == key.hex() and is_whole(seal, expected)
        if whole and signature_holds(key, signed_of_seal(seal.seal_hash), seal.signature):
            continue
        if since and hands_over(seal, expected, key):
            key = bytes.fromhex(seal.public_key)
            continue
        if since and seal.public_key != key.hex():
            return other_key(seal, expected)
        for place, member in enumerate(seal.members):
            if not signature_holds(key, signed_of_member(seal.account_id, expected, place, member), member.signature):
                return forged_entry(log, seal, expected, place)
        return wrong(f"Entries of seal {expected} are missing{after(log, expected, len(seal.members))}.", seal=expected)
    return None


def is_whole(seal: Seal, number: int) -> bool:
    return seal.number == number and hash_of_seal(seal) == seal.seal_hash


def hands_over(seal: Seal, number: int, key: bytes) -> bool:
    """Whether the holder of this key vouches here for another key, which signs from then on: after a change of SECRET_KEY."""
    empty = not seal.members and is_whole(seal, number)
    return empty and signature_holds(key, signed_of_seal(seal.seal_hash), seal.signature)


def handed_over(log: AuditLog, anchor: str | None, key: bytes | None) -> set[str]:
    """The key of the noted seal, and those that it was handed over to since. Nothing without a noted seal."""
    if key is None:
        return set()
    keys, seals = {key.hex()}, iter(log.seals)
    for seal in seals:
        if seal.seal_hash == anchor:
            break
    for seal in seals:
        if seal.public_key != key.hex() and hands_over(seal, seal.number, key):
            key = bytes.fromhex(seal.public_key)
            keys.add(key.hex())
    return keys


def other_key(seal: Seal, number: int) -> Finding:
    first = seal.members[0].entry_id if seal.members else None
    since = f", from entry {first} on," if first else ""
    why = "Either the server was given another SECRET_KEY after the noted seal, or somebody else made the rest"
    return wrong(f"Seal {number}{since} was signed by another key. {why}.", first, number)


def forged_entry(log: AuditLog, seal: Seal, number: int, place: int) -> Finding:
    entry_id = seal.members[place].entry_id
    what = "was changed, inserted or moved, or one before it was removed: it is not the sealed one"
    return wrong(f"Entry {entry_id} {what}{after(log, number, place)}.", entry_id, number)


def after(log: AuditLog, number: int, place: int) -> str:
    """The place in the log: after the last entry that is still correct."""
    held = [member for seal in log.seals[: number - 1] for member in seal.members]
    held += log.seals[number - 1].members[:place] if number <= len(log.seals) else []
    return f", after entry {held[-1].entry_id}" if held else ", at the beginning of the audit log"


def last_known(log: AuditLog) -> str:
    last = [member for seal in log.seals for member in seal.members]
    return f"entry {last[-1].entry_id}" if last else "nothing at all"


def keys_until(log: AuditLog, anchor: str | None) -> set[str]:
    """The keys that the noted seal vouches for: its own, and earlier ones from the seals before it."""
    keys: set[str] = set()
    for seal in log.seals:
        keys.add(seal.public_key)
        if seal.seal_hash == anchor:
            break
    return keys


def check_purge(log: AuditLog, keys: set[str]) -> Finding | None:
    """Whether the server made this purge statement: then its entries may be missing, and no others."""
    purge = log.purge
    if purge is None:
        return None
    if not HASH.fullmatch(purge.public_key) or not signature_holds(
        bytes.fromhex(purge.public_key), signed_of_purge(purge), purge.signature
    ):
        return doubtful_purge(log, "not signed by the server")
    if purge.public_key not in keys:
        why = (
            "Either the server was given another SECRET_KEY and this log has no seal with it, or somebody else made it"
        )
        return doubtful_purge(log, f"signed by another key than the seals. {why}")
    seal = log.seals[purge.seal - 1] if 1 <= purge.seal <= len(log.seals) else None
    at_place = seal.members[purge.place : purge.place + 1] if seal and purge.place >= 0 else ()
    if not seal or seal.seal_hash != purge.seal_hash or [member.entry_id for member in at_place] != [purge.entry_id]:
        return wrong(
            f"Seals are missing or were changed: entries were purged up to {purge.entry_id} in seal {purge.seal}."
        )
    return check_age(purge, [entry_id for entry_id, (seal, place) in log.listed().items() if purge.covers(seal, place)])


def doubtful_purge(log: AuditLog, how: str) -> Finding:
    gone = next((entry_id for entry_id in log.listed() if entry_id not in log.entries), None)
    if gone is None:
        return wrong(f"The statement about purged entries was {how}.")
    return wrong(f"Entry {gone} is missing: the statement that it was purged after its retention was {how}.", gone)


def check_age(purge: Purge, gone: list[str]) -> Finding | None:
    """Whether everything that was purged was old enough, and existed until then."""
    before = min(moment(purge.before), moment(purge.at) - LEAST_RETENTION)
    for entry_id in gone:
        if moment_of_id(entry_id) >= before:
            return wrong(f"Entry {entry_id} was purged before its retention ended.", entry_id)
    if len(gone) != purge.entries:
        lost = len(gone) - purge.entries
        return wrong(f"Of the entries up to {purge.entry_id}, {lost} were removed before their retention ended.")
    return None


def check_entries(log: AuditLog) -> Finding | None:
    """The first entry that differs from its seal, is missing, or is in a time that a seal covers without listing it."""
    listed = log.listed()
    for entry_id in sorted({*log.entries, *listed}):
        entry, known = log.entries.get(entry_id), listed.get(entry_id, NOWHERE)
        found = check_present(log, entry, *known) if entry else check_missing(log, entry_id, *known)
        if found:
            return found
    return None


def check_missing(log: AuditLog, entry_id: str, seal: Seal | None, place: int) -> Finding | None:
    if log.filtered or (seal and log.purge and log.purge.covers(seal, place)):
        return None
    return wrong(f"Entry {entry_id} is missing.", entry_id)


def check_present(log: AuditLog, entry: dict[str, Any], seal: Seal | None, place: int) -> Finding | None:
    entry_id = str(entry["id"])
    sealed_hash = seal.members[place].entry_hash if seal else entry["entry_hash"]
    if not hash_of_entry(entry) == entry["entry_hash"] == sealed_hash:
        return wrong(f"Entry {entry_id} was changed.", entry_id)
    personal = log.personal.get(entry_id)
    if personal and sha256(personal["salt"] + canonical(personal["values"])) != entry["personal_digest"]:
        return wrong(f"The personal part of entry {entry_id} was changed.", entry_id)
    if moment(entry["at"]) > datetime.now(timezone.utc) + AHEAD:
        return wrong(f"Entry {entry_id} was inserted: its time, {entry['at']}, is in the future.", entry_id)
    born = moment_of_id(entry_id)
    if abs(moment(entry["at"]) - born) > BETWEEN_ID_AND_TIME:
        return wrong(f"Entry {entry_id} was inserted: its id and its time differ.", entry_id)
    earlier = log.seals if seal is None else log.seals[: seal.number - 1]
    if earlier and born < moment(earlier[-1].until):
        unknown = f"it claims a time that seal {earlier[-1].number} covers, which does not list it, or the server's clock went back then"
        return wrong(f"Entry {entry_id} was inserted: {unknown}.", entry_id)
    return None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment_of_id(entry_id: str) -> datetime:
    """Ids begin with the milliseconds since 1970 (RFC 9562 §5.7)."""
    return datetime.fromtimestamp(int(entry_id.replace("-", "")[:12], 16) / 1000, timezone.utc)


def check_lines(log: AuditLog, keys: set[str]) -> Finding | None:
    """The first line of the file that the server did not write like this."""
    if log.file is None:
        return None
    if not log.file.sheets:
        return wrong(
            "This file has no signed lists of lines: it is from before exports had them, or they were removed"
            f"{last_line(log.file)}."
        )
    began = 0
    for number, (end, event) in enumerate(log.file.sheets, 1):
        lines, began = log.file.lines[began:end], end
        if found := check_sheet(log.file, lines, event, number, keys):
            return found
    if began < len(log.file.lines) or not log.file.sheets[-1][1]["data"]["last"]:
        return wrong(f"The end of the file is missing, or something was added{last_line(log.file)}.")
    return None


def check_sheet(file: File, lines: list[Line], event: dict[str, Any], number: int, keys: set[str]) -> Finding | None:
    data = event["data"]
    own = bytes.fromhex(data["public_key"])
    if not signature_holds(own, signed_of_sheet(event), data["signature"]):
        return doubtful_lines(lines, "not signed by the server: something in them was changed")
    if keys and own.hex() not in keys:
        why = "Either the server was given another SECRET_KEY after the noted seal, or somebody else made this file"
        return doubtful_lines(lines, f"signed by another key. {why}")
    if data["export"] != file.id or data["number"] != number:
        return wrong(f"These lines belong to another export, or lines are missing{last_line(file, lines)}.")
    if number < len(file.sheets) and data["last"]:
        return wrong(f"Something was added after the end of the export{last_line(file, lines)}.")
    return first_difference(data["lines"], lines)


def doubtful_lines(lines: list[Line], how: str) -> Finding:
    what = f"line {lines[0].number} ({lines[0].what}) to {lines[-1].number} ({lines[-1].what})" if lines else "no line"
    return wrong(f"The list of lines for {what} was {how}.")


def last_line(file: File, lines: list[Line] | None = None) -> str:
    last = (lines or file.lines)[-1:]
    return f", at line {last[0].number} ({last[0].what})" if last else ""


def first_difference(listed: list[str], lines: list[Line]) -> Finding | None:
    for place, line in enumerate(lines[: len(listed)]):
        if line.digest == listed[place]:
            continue
        if line.digest in listed:
            return wrong(f"Something was removed or moved before line {line.number} ({line.what}).")
        return wrong(f"Line {line.number} ({line.what}) was changed or inserted: the server did not write it.")
    if len(listed) > len(lines):
        where = f"after line {lines[-1].number} ({lines[-1].what})" if lines else "at the beginning"
        return wrong(f"{len(listed) - len(lines)} lines are missing {where}.")
    if len(lines) > len(listed):
        line = lines[len(listed)]
        return wrong(f"Line {line.number} ({line.what}) was inserted.")
    return None


def success(log: AuditLog, anchor: str | None) -> Finding:
    """The result if nothing is wrong."""
    notes = notes_on(log)
    verdict = Verdict.INCOMPLETE if log.filtered else Verdict.INTACT
    counts = [f"{len(log.entries)} entries, {len(log.seals)} seals.", *counted(notes)]
    if log.file:
        counts.append(f"Exported at {log.file.at}.")
    return Finding(verdict, " ".join([*outcome(log, anchor, notes), *counts]), notes=notes)


LEFT_OUT, PURGED, BARE, UNSEALED = "left out", "purged", "without its personal part", "not sealed yet"


def notes_on(log: AuditLog) -> dict[str, list[str]]:
    """Notes about correct entries."""
    listed = log.listed()
    gone = sorted(listed.keys() - log.entries.keys())
    purged = [entry_id for entry_id in gone if log.purge and log.purge.covers(*listed[entry_id])]
    return {
        LEFT_OUT: sorted({*gone} - {*purged}),
        PURGED: purged,
        BARE: sorted(log.entries.keys() - log.personal.keys()),
        UNSEALED: sorted(log.entries.keys() - listed.keys()),
    }


def outcome(log: AuditLog, anchor: str | None, notes: dict[str, list[str]]) -> Iterator[str]:
    if log.filtered:
        yield f"Incomplete: {how_incomplete(notes[LEFT_OUT])}."
    if anchor is None:
        yield "What is here is consistent in itself." if log.filtered else "Consistent in itself."
        yield "Without a seal that was noted earlier this proves no more: anybody who can write to the database can make a consistent log."
        return
    seal = next(seal for seal in log.seals if seal.seal_hash == anchor)
    yield (
        f"Everything in this export up to seal {seal.number} is unchanged since that seal was noted."
        if log.filtered
        else f"Intact: everything up to seal {seal.number} is unchanged since that seal was noted."
    )
    yield f"The newest entries after {seal.until} may be missing: only a newer seal can show that."


def how_incomplete(left_out: list[str]) -> str:
    if not left_out:
        return "this export leaves out entries on purpose. No sealed entry is missing, but newer ones may be"
    left = f"at least {len(left_out)} of them{first_of(left_out)}"
    return f"this export leaves out entries on purpose, {left}; it proves nothing about those"


def counted(notes: dict[str, list[str]]) -> Iterator[str]:
    if unsealed := notes[UNSEALED]:
        yield f"{len(unsealed)} newer entries are not sealed yet."
    if purged := notes[PURGED]:
        yield f"{len(purged)} entries are known only by their hashes: the server has signed that it removed them after their retention."
    if bare := notes[BARE]:
        what = "have no personal part: it was erased, or somebody removed it"
        yield f"{len(bare)} entries{first_of(bare)} {what}; everything else in them is correct."


def first_of(ids: list[str]) -> str:
    return f" (the first is {ids[0]})" if ids else ""


# Ed25519 (RFC 8032 §5.1), verification only: in plain Python, so that this file needs nothing else.
P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def add(a: Point, b: Point) -> Point:
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    g, h = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    return ((f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P)


def times(number: int, point: Point) -> Point:
    total: Point = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def same_point(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point_of(raw: bytes) -> Point | None:
    y = int.from_bytes(raw, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = x_of(BASE_Y, 0) or 0
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def signature_holds(key: bytes, message: bytes, signature: str) -> bool:
    """Whether the holder of the key signed the message."""
    try:
        raw = bytes.fromhex(signature)
    except ValueError:
        return False
    if len(raw) != 64 or len(key) != 32:
        return False
    a, r, s = point_of(key), point_of(raw[:32]), int.from_bytes(raw[32:], "little")
    if a is None or r is None or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(raw[:32] + key + message).digest(), "little") % Q
    return same_point(times(s, BASE), add(r, times(h, a)))


def read_export(lines: Iterable[str]) -> AuditLog:
    """The audit log in an export: JSON Lines, each a CloudEvents 1.0 envelope with an entry, a seal or a list of lines as its data."""
    log = AuditLog()
    for number, text, event in envelopes(lines):
        try:
            if log.file is None:
                log.file, log.account_id = header_of(event)
                what = "the header of the export"
            elif event["type"] == "profile.audit.lines":
                log.file.sheets.append((len(log.file.lines), sheet_of(event)))
                continue
            else:
                what = take(log, event)
            log.file.lines.append(Line(number, what, hash_of_line(text)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(f"Line {number} does not belong to an export: {error!r}.") from None
    if log.file is None:
        raise Unreadable("This is not an export of an audit log: its first line is missing.")
    return log


def envelopes(lines: Iterable[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if line.startswith("when,who,"):
            raise Unreadable(
                "This is the table (CSV), which is for reading and proves nothing. Use the JSON Lines export."
            )
        try:
            event = json.loads(line, object_pairs_hook=once_each, parse_constant=refuse)
            yield number, line, {**event, "type": event["type"], "data": event["data"]}
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Unreadable(f"Line {number} is not a line of an export.") from None


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not a number")


def header_of(event: dict[str, Any]) -> tuple[File, str]:
    if event["type"] != "profile.audit.export":
        raise ValueError("an export begins with its header")
    data = event["data"]
    return File(event["id"], event["source"], event["time"], data["filtered"] is not False), data["account"]["id"]


def sheet_of(event: dict[str, Any]) -> dict[str, Any]:
    data = event["data"]
    hashes = [data["public_key"], *data["lines"]]
    if not isinstance(data["signature"], str) or not all(
        isinstance(each, str) and HASH.fullmatch(each) for each in hashes
    ):
        raise ValueError("an invalid list of lines")
    return {**event, "data": {"last": False, "number": 0, "export": "", **data}}


def take(log: AuditLog, event: dict[str, Any]) -> str:
    """Add the content of a line to the log; returns what it is."""
    data = event["data"]
    if "entry" in data:
        return take_entry(log, event)
    if event["type"] == "profile.audit.seal":
        log.seals.append(seal_of(data))
        return f"seal {data['number']!r}"
    if event["type"] == "profile.audit.purge":
        log.purge = purge_of(data)
        return "the purge"
    raise ValueError(f"{event['type']!r} is not known")


def take_entry(log: AuditLog, event: dict[str, Any]) -> str:
    entry, entry_id = event["data"]["entry"], event["data"]["entry"]["id"]
    if entry_id in log.entries:
        log.odd = log.odd or wrong(f"Entry {entry_id} occurs twice in this export.", entry_id)
    envelope = {
        "id": entry_id,
        "time": entry["at"],
        "type": f"profile.{entry['action']}",
        "source": log.file and log.file.source,
    }
    for name, value in envelope.items():
        if event.get(name) != value:
            log.odd = log.odd or wrong(
                f"The {name} around entry {entry_id} was changed: it is not the one of the entry.", entry_id
            )
    log.entries.setdefault(entry_id, entry)
    if event["data"].get("personal") is not None:
        log.personal.setdefault(entry_id, event["data"]["personal"])
    return f"entry {entry_id}"


def purge_of(data: dict[str, Any]) -> Purge:
    numbers = ("seal", "place", "entries")
    if not all(type(value) is (int if name in numbers else str) for name, value in data.items()):
        raise ValueError("an invalid purge")
    return Purge(**data)


def seal_of(data: dict[str, Any]) -> Seal:
    members = tuple(Sealed(*member) for member in data["members"])
    names = ("account_id", "until", "previous", "public_key", "seal_hash", "signature")
    texts = [*(data[name] for name in names), *(text for member in data["members"] for text in member)]
    if type(data["number"]) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError("an invalid seal")
    return Seal(number=data["number"], members=members, **{name: data[name] for name in names})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify_audit.py", description="Checks whether an exported audit log was changed."
    )
    parser.add_argument("export", help="the exported file (JSON Lines)")
    parser.add_argument("--seal", help="the 128 digits of a seal that was noted earlier")
    parser.add_argument(
        "--list", action="store_true", help="also list what was left out, purged or erased, entry by entry"
    )
    given = parser.parse_args(arguments)
    try:
        with open(given.export, encoding="utf-8-sig") as lines:
            found = verify(read_export(lines), given.seal)
    except UnicodeDecodeError:
        what = "it is not UTF-8, so another program has saved it. Use the JSON Lines export as downloaded"
        print(f"{given.export} cannot be read: {what}.", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{given.export} cannot be read: {error}", file=sys.stderr)
        return 2
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    print(found.sentence)
    for line in found.lines() if given.list else ():
        print(line)
    return int(found.verdict)


if __name__ == "__main__":
    sys.exit(main())
