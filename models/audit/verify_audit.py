#!/usr/bin/env python3
"""Is this audit trail what it was? Checks an export of Profile's audit trail, on any machine with Python 3.9 or newer and nothing else.

    python verify_audit.py export.jsonl                 says whether the export is consistent in itself, which proves no more than that
    python verify_audit.py export.jsonl --seal TEXT     says whether the trail still is what it was when that seal was noted
    python verify_audit.py export.jsonl --list          also lists the entries that were left out, purged, or lack their personal part

A seal is a line of 128 hexadecimal digits that an Owner copied from the audit trail, or kept with an earlier export. It names the
whole trail up to its moment, and the key that signed it: whoever changes the database later can compute every hash again, but
can neither find a trail with the same seal nor sign anything. So the first entry that was changed, removed, inserted or moved is named;
and since the server signs every line of an export, so is the first line that is not what it wrote.

Exit status: 0 nothing is wrong (with a seal: intact up to it; without one: consistent in itself, which proves no more), 1 something is
wrong (it is named), 2 the file cannot be read or the seal is not one, 3 what is here holds, but this export leaves out entries on purpose.
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
# So far may two clocks differ before something counts as from the future.
AHEAD = timedelta(hours=1)
NOWHERE: tuple[None, int] = (None, 0)
ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH = re.compile("[0-9a-f]{64}")


class Unreadable(Exception):
    """The file is no export, or the seal no seal; the message says which and where."""


class Verdict(IntEnum):
    """What was found, as the exit status says it."""

    INTACT = 0
    """Up to the noted seal; without one, consistent in itself."""
    WRONG = 1
    INCOMPLETE = 3
    """Nothing is wrong with what is here, and nothing is said of what was left out."""


@dataclass(frozen=True)
class Sealed:
    """One entry as its seal lists it: its id, its hash, and the signature over both and their place."""

    entry_id: str
    entry_hash: str
    signature: str


@dataclass(frozen=True)
class Seal:
    """A seal over entries, chained to the one before it."""

    account_id: str
    number: int
    until: str
    """Every entry from before this moment is in this seal or in an earlier one."""
    previous: str
    public_key: str
    seal_hash: str
    signature: str
    members: tuple[Sealed, ...]


@dataclass(frozen=True)
class Purge:
    """What the server says that it has removed after its retention: everything sealed, from the beginning up to one entry."""

    account_id: str
    at: str
    before: str
    """Nothing from this moment or later was removed."""
    seal: int
    seal_hash: str
    place: int
    """Counted from 0: the place of the last removed entry in its seal."""
    entry_id: str
    entries: int
    """How many the server has removed, in all."""
    public_key: str
    signature: str

    def covers(self, seal: Seal, place: int) -> bool:
        """Whether the entry at this place of a seal was removed."""
        return (seal.number, place) <= (self.seal, self.place)


@dataclass(frozen=True)
class Line:
    """A line of a file: which, what is in it, and its hash."""

    number: int
    what: str
    digest: str


@dataclass
class File:
    """An exported file: what its first line says, its lines, and the events that list and sign these lines."""

    id: str
    source: str
    at: str
    filtered: bool
    lines: list[Line] = field(default_factory=list)
    sheets: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    """Each with how many lines stand before it."""


@dataclass
class Trail:
    """What is checked: entries by id, the seals in order, what was purged, and the file that it was read from, if it was."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    personal: dict[str, dict[str, Any]] = field(default_factory=dict)
    seals: list[Seal] = field(default_factory=list)
    purge: Purge | None = None
    account_id: str | None = None
    file: File | None = None
    odd: Finding | None = None
    """The first thing in the file that the server would not have written."""

    @property
    def filtered(self) -> bool:
        """Whether this is an export that leaves out entries on purpose."""
        return self.file is not None and self.file.filtered

    def listed(self) -> dict[str, tuple[Seal, int]]:
        """For each sealed entry its seal and its place in that."""
        return {member.entry_id: (seal, place) for seal in self.seals for place, member in enumerate(seal.members)}


@dataclass(frozen=True)
class Finding:
    """What was found, in a word and in a sentence, and the entry or seal that it names."""

    verdict: Verdict
    sentence: str
    entry_id: str | None = None
    seal: int | None = None
    notes: dict[str, list[str]] = field(default_factory=dict)
    """Ids of entries, by what there is to know of them."""

    @property
    def intact(self) -> bool:
        """Whether everything that should be there is there, as it was."""
        return self.verdict is Verdict.INTACT

    def lines(self) -> Iterator[str]:
        """The notes, an entry a line."""
        return (f"{what}: {entry_id}" for what, ids in self.notes.items() for entry_id in ids)


def wrong(sentence: str, entry_id: str | None = None, seal: int | None = None) -> Finding:
    return Finding(Verdict.WRONG, sentence, entry_id, seal)


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def hash_of_entry(entry: dict[str, Any]) -> str:
    """The hash of an entry: SHA-256 over its fields but the hash, as JSON with sorted keys and no spaces."""
    return sha256(canonical({name: value for name, value in entry.items() if name != "entry_hash"}))


def hash_of_seal(seal: Seal) -> str:
    """The hash of a seal, over everything in it but its signature; its members go in by their ids and hashes, in order."""
    listed = sha256("".join(f"{member.entry_id} {member.entry_hash}\n" for member in seal.members))
    return sha256(
        canonical([seal.account_id, seal.number, seal.until, seal.previous, seal.public_key, len(seal.members), listed])
    )


def signed_of_member(account_id: str, number: int, place: int, member: Sealed) -> bytes:
    """What the signature of an entry is made over."""
    return canonical(["entry", account_id, number, place, member.entry_id, member.entry_hash]).encode()


def signed_of_seal(seal_hash: str) -> bytes:
    """What the signature of a seal is made over."""
    return canonical(["seal", seal_hash]).encode()


def signed_of_purge(purge: Purge) -> bytes:
    """What the signature of a purge is made over: everything else in it."""
    facts = [purge.account_id, purge.at, purge.before, purge.seal, purge.seal_hash, purge.place, purge.entry_id]
    return canonical(["purge", *facts, purge.entries, purge.public_key]).encode()


def signed_of_sheet(event: dict[str, Any]) -> bytes:
    """What the signature over lines of an export is made over: the whole event that lists them, but the signature."""
    data = {name: value for name, value in event["data"].items() if name != "signature"}
    return canonical(["lines", {**event, "data": data}]).encode()


def hash_of_line(line: str) -> str:
    """The hash of a line of an export, without its end."""
    return sha256(line.rstrip("\r\n"))


def verify(trail: Trail, noted: str | None = None) -> Finding:
    """Check a trail, against a seal that was noted earlier when there is one."""
    anchor, key = (None, None) if noted is None else read_seal(noted)
    return (
        check_form(trail)
        or check_chain(trail, anchor, key)
        or check_purge(trail, keys_until(trail, anchor))
        or check_entries(trail)
        or trail.odd
        or check_lines(trail, key)
        or praise(trail, anchor)
    )


def read_seal(noted: str) -> tuple[str, bytes]:
    """The hash and the key in a noted seal."""
    text = "".join(noted.split()).lower()
    if not text:
        # As from a variable of the shell that is not set: without a seal, much less would be checked than was asked for.
        raise Unreadable("The seal is empty. Give the 128 hexadecimal digits that were noted, or no seal at all.")
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 64:
        raise Unreadable("The seal must be the 128 hexadecimal digits that were noted, all of them.")
    return text[:64], raw[32:]


def check_form(trail: Trail) -> Finding | None:
    """The first thing that is not of the form in which the server writes."""
    for entry_id, entry in trail.entries.items():
        if not is_entry(entry_id, entry) or not is_personal(trail.personal.get(entry_id)):
            return wrong(f"Entry {entry_id!r} was changed: it is not of the form that the server writes.", entry_id)
        if trail.account_id != entry["account_id"]:
            return wrong(f"Entry {entry_id} was inserted: it is of another account.", entry_id)
    for place, seal in enumerate(trail.seals, 1):
        if not is_seal(seal) or seal.account_id != trail.account_id:
            return wrong(f"Seal {place} was changed: it is not one of this account.", seal=place)
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
    # The last moment that a date can name is earlier than the last that an id can.
    return isinstance(value, str) and ID.fullmatch(value) is not None and value < "e"


def is_moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False


def check_chain(trail: Trail, anchor: str | None, key: bytes | None) -> Finding | None:
    """The first thing that is wrong with the seals themselves."""
    broken = first_break(trail)
    if anchor is None or key is None:
        return broken
    hashes = [seal.seal_hash for seal in trail.seals]
    if broken is None and anchor in hashes:
        # What came later is not in the noted seal, but its key vouches for it.
        return first_forgery(trail, key, hashes.index(anchor) + 1)
    # Every hash may have been made anew; what could not be made anew are the signatures.
    return first_forgery(trail, key) or check_lines(trail, key) or not_in(trail)


def not_in(trail: Trail) -> Finding:
    """Nothing else is wrong with what is here, but the noted seal is not among its seals."""
    return wrong(
        f"The noted seal is not in this trail, which ends with {last_known(trail)}. Either what came after that is missing, as in "
        "an export that is older than the seal; or something was changed or removed before it was sealed anew."
    )


def first_break(trail: Trail) -> Finding | None:
    previous, number = NOTHING_BEFORE, 1
    for seal in trail.seals:
        if seal.number != number:
            return wrong(f"Seal {number} is missing.", seal=number)
        if seal.previous != previous or hash_of_seal(seal) != seal.seal_hash:
            return wrong(f"Seal {number} was changed, or the list of its entries was.", seal=number)
        previous, number = seal.seal_hash, number + 1
    return None


def first_forgery(trail: Trail, key: bytes, since: int = 0) -> Finding | None:
    """Name the first entry, or else the first seal, that the holder of this key did not sign as it stands here."""
    for expected, seal in enumerate(trail.seals[since:], since + 1):
        whole = seal.number == expected and seal.public_key == key.hex() and hash_of_seal(seal) == seal.seal_hash
        if whole and signature_holds(key, signed_of_seal(seal.seal_hash), seal.signature):
            continue
        if since and seal.public_key != key.hex():
            return other_key(seal, expected)
        for place, member in enumerate(seal.members):
            if not signature_holds(key, signed_of_member(seal.account_id, expected, place, member), member.signature):
                return forged_entry(trail, seal, expected, place)
        return wrong(
            f"Entries of seal {expected} are missing{after(trail, expected, len(seal.members))}.", seal=expected
        )
    return None


def other_key(seal: Seal, number: int) -> Finding:
    first = seal.members[0].entry_id if seal.members else None
    since = f", from entry {first} on," if first else ""
    why = "Either the server was given another SECRET_KEY after the noted seal, or somebody else made what follows"
    return wrong(f"Seal {number}{since} was signed by another key. {why}.", first, number)


def forged_entry(trail: Trail, seal: Seal, number: int, place: int) -> Finding:
    entry_id = seal.members[place].entry_id
    what = "was changed, inserted or moved, or one before it was removed: it is not what was sealed"
    return wrong(f"Entry {entry_id} {what}{after(trail, number, place)}.", entry_id, number)


def after(trail: Trail, number: int, place: int) -> str:
    """Where in the trail this is: after the last entry that still holds."""
    held = [member for seal in trail.seals[: number - 1] for member in seal.members]
    held += trail.seals[number - 1].members[:place] if number <= len(trail.seals) else []
    return f", after entry {held[-1].entry_id}" if held else ", at the beginning of the trail"


def last_known(trail: Trail) -> str:
    last = [member for seal in trail.seals for member in seal.members]
    return f"entry {last[-1].entry_id}" if last else "nothing at all"


def keys_until(trail: Trail, anchor: str | None) -> set[str]:
    """The keys that the noted seal vouches for: its own, and those of the seals before it, from before the server had another."""
    keys: set[str] = set()
    for seal in trail.seals:
        keys.add(seal.public_key)
        if seal.seal_hash == anchor:
            break
    return keys


def check_purge(trail: Trail, keys: set[str]) -> Finding | None:
    """Whether what the trail says of a purge is what the server said: then its entries may be gone, and no others."""
    purge = trail.purge
    if purge is None:
        return None
    if not HASH.fullmatch(purge.public_key) or not signature_holds(
        bytes.fromhex(purge.public_key), signed_of_purge(purge), purge.signature
    ):
        return doubtful_purge(trail, "not signed by the server")
    if purge.public_key not in keys:
        why = "Either the server was given another SECRET_KEY, and no seal with that is known here, or somebody else made it"
        return doubtful_purge(trail, f"signed by another key than the seals. {why}")
    seal = trail.seals[purge.seal - 1] if 1 <= purge.seal <= len(trail.seals) else None
    at_place = seal.members[purge.place : purge.place + 1] if seal and purge.place >= 0 else ()
    if not seal or seal.seal_hash != purge.seal_hash or [member.entry_id for member in at_place] != [purge.entry_id]:
        return wrong(
            f"Seals are missing or were changed: entries were purged up to {purge.entry_id} in seal {purge.seal}."
        )
    return check_age(
        purge, [entry_id for entry_id, (seal, place) in trail.listed().items() if purge.covers(seal, place)]
    )


def doubtful_purge(trail: Trail, how: str) -> Finding:
    gone = next((entry_id for entry_id in trail.listed() if entry_id not in trail.entries), None)
    if gone is None:
        return wrong(f"What the trail says of entries that ended with their retention was {how}.")
    return wrong(f"Entry {gone} is missing: that it ended with its retention was {how}.", gone)


def check_age(purge: Purge, gone: list[str]) -> Finding | None:
    """Whether everything that was purged was old enough, and was there until then."""
    before = min(moment(purge.before), moment(purge.at) - LEAST_RETENTION)
    for entry_id in gone:
        if moment_of_id(entry_id) >= before:
            return wrong(f"Entry {entry_id} was purged before its retention ended.", entry_id)
    if len(gone) != purge.entries:
        lost = len(gone) - purge.entries
        return wrong(f"Of the entries up to {purge.entry_id}, {lost} were removed before their retention ended.")
    return None


def check_entries(trail: Trail) -> Finding | None:
    """The first entry that is not what its seal says of it, is gone, or stands where no seal knew of it."""
    listed = trail.listed()
    for entry_id in sorted({*trail.entries, *listed}):
        entry, known = trail.entries.get(entry_id), listed.get(entry_id, NOWHERE)
        found = check_present(trail, entry, *known) if entry else check_missing(trail, entry_id, *known)
        if found:
            return found
    return None


def check_missing(trail: Trail, entry_id: str, seal: Seal | None, place: int) -> Finding | None:
    if trail.filtered or (seal and trail.purge and trail.purge.covers(seal, place)):
        return None
    return wrong(f"Entry {entry_id} is missing.", entry_id)


def check_present(trail: Trail, entry: dict[str, Any], seal: Seal | None, place: int) -> Finding | None:
    entry_id = str(entry["id"])
    sealed_hash = seal.members[place].entry_hash if seal else entry["entry_hash"]
    if not hash_of_entry(entry) == entry["entry_hash"] == sealed_hash:
        return wrong(f"Entry {entry_id} was changed.", entry_id)
    personal = trail.personal.get(entry_id)
    if personal and sha256(personal["salt"] + canonical(personal["values"])) != entry["personal_digest"]:
        return wrong(f"What entry {entry_id} says of a person was changed.", entry_id)
    if moment(entry["at"]) > datetime.now(timezone.utc) + AHEAD:
        return wrong(f"Entry {entry_id} was inserted: its time, {entry['at']}, has not come yet.", entry_id)
    born = moment_of_id(entry_id)
    if abs(moment(entry["at"]) - born) > BETWEEN_ID_AND_TIME:
        return wrong(f"Entry {entry_id} was inserted: its id and its time differ.", entry_id)
    earlier = trail.seals if seal is None else trail.seals[: seal.number - 1]
    if earlier and born < moment(earlier[-1].until):
        unknown = f"it claims a time that seal {earlier[-1].number} covers, which does not list it"
        return wrong(f"Entry {entry_id} was inserted: {unknown}.", entry_id)
    return None


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment_of_id(entry_id: str) -> datetime:
    """Ids begin with the milliseconds since 1970 (RFC 9562 §5.7)."""
    return datetime.fromtimestamp(int(entry_id.replace("-", "")[:12], 16) / 1000, timezone.utc)


def check_lines(trail: Trail, key: bytes | None) -> Finding | None:
    """The first line of the file that is not what the server wrote there: so nothing in it can be anything else."""
    if trail.file is None:
        return None
    if not trail.file.sheets:
        return wrong(
            "Nothing in this file says what the server wrote: it is an export from before lines were signed, or they were removed"
            f"{last_line(trail.file)}."
        )
    began = 0
    for number, (end, event) in enumerate(trail.file.sheets, 1):
        lines, began = trail.file.lines[began:end], end
        if found := check_sheet(trail.file, lines, event, number, key):
            return found
    if began < len(trail.file.lines) or not trail.file.sheets[-1][1]["data"]["last"]:
        return wrong(f"The end of the file is missing, or something was added{last_line(trail.file)}.")
    return None


def check_sheet(file: File, lines: list[Line], event: dict[str, Any], number: int, key: bytes | None) -> Finding | None:
    data = event["data"]
    own = bytes.fromhex(data["public_key"])
    if not signature_holds(own, signed_of_sheet(event), data["signature"]):
        return doubtful_lines(lines, "not signed by the server: something in them was changed")
    if key and own != key:
        why = "Either the server was given another SECRET_KEY after the noted seal, or somebody else made this file"
        return doubtful_lines(lines, f"signed by another key. {why}")
    if data["export"] != file.id or data["number"] != number:
        return wrong(f"Lines of another export stand here, or lines are missing{last_line(file, lines)}.")
    if number < len(file.sheets) and data["last"]:
        return wrong(f"Something was added after the end of the export{last_line(file, lines)}.")
    return first_difference(data["lines"], lines)


def doubtful_lines(lines: list[Line], how: str) -> Finding:
    what = f"line {lines[0].number} ({lines[0].what}) to {lines[-1].number} ({lines[-1].what})" if lines else "no line"
    return wrong(f"The list of lines that stands for {what} was {how}.")


def last_line(file: File, lines: list[Line] | None = None) -> str:
    last = (lines or file.lines)[-1:]
    return f", at line {last[0].number} ({last[0].what})" if last else ""


def first_difference(listed: list[str], lines: list[Line]) -> Finding | None:
    for place, line in enumerate(lines[: len(listed)]):
        if line.digest == listed[place]:
            continue
        if line.digest in listed:
            return wrong(f"Something was removed or moved before line {line.number} ({line.what}).")
        return wrong(f"Line {line.number} ({line.what}) was changed or inserted: it is not what the server wrote.")
    if len(listed) > len(lines):
        where = f"after line {lines[-1].number} ({lines[-1].what})" if lines else "at the beginning"
        return wrong(f"{len(listed) - len(lines)} lines are missing {where}.")
    if len(lines) > len(listed):
        line = lines[len(listed)]
        return wrong(f"Line {line.number} ({line.what}) was inserted.")
    return None


def praise(trail: Trail, anchor: str | None) -> Finding:
    """What it means that nothing was found."""
    notes = notes_on(trail)
    verdict = Verdict.INCOMPLETE if trail.filtered else Verdict.INTACT
    counts = [f"{len(trail.entries)} entries, {len(trail.seals)} seals.", *counted(notes)]
    if trail.file:
        counts.append(f"Exported at {trail.file.at}.")
    return Finding(verdict, " ".join([*outcome(trail, anchor, notes), *counts]), notes=notes)


LEFT_OUT, PURGED, BARE, UNSEALED = "left out", "purged", "without its personal part", "not sealed yet"


def notes_on(trail: Trail) -> dict[str, list[str]]:
    """What there is to know of entries though nothing is wrong with them."""
    listed = trail.listed()
    gone = sorted(listed.keys() - trail.entries.keys())
    purged = [entry_id for entry_id in gone if trail.purge and trail.purge.covers(*listed[entry_id])]
    return {
        LEFT_OUT: sorted({*gone} - {*purged}),
        PURGED: purged,
        BARE: sorted(trail.entries.keys() - trail.personal.keys()),
        UNSEALED: sorted(trail.entries.keys() - listed.keys()),
    }


def outcome(trail: Trail, anchor: str | None, notes: dict[str, list[str]]) -> Iterator[str]:
    if trail.filtered:
        yield f"Incomplete: {how_incomplete(notes[LEFT_OUT])}."
    if anchor is None:
        yield "What is here is consistent in itself." if trail.filtered else "Consistent in itself."
        yield "Without a seal that was noted earlier this proves no more: whoever can write to the database can make a consistent trail."
        return
    seal = next(seal for seal in trail.seals if seal.seal_hash == anchor)
    yield (
        f"What is here and was sealed up to seal {seal.number} is what it was when that seal was noted."
        if trail.filtered
        else f"Intact: everything up to seal {seal.number} is what it was when that seal was noted."
    )
    yield f"Of what happened after {seal.until} the newest may be missing: only a newer seal can tell."


def how_incomplete(left_out: list[str]) -> str:
    if not left_out:
        return "this export was made to leave out entries on purpose. No sealed one is missing, but that no newer one is, it does not prove"
    left = f"at least {len(left_out)} of them{first_of(left_out)}"
    return f"this export leaves out entries on purpose, {left}; what they were it does not prove"


def counted(notes: dict[str, list[str]]) -> Iterator[str]:
    if unsealed := notes[UNSEALED]:
        yield f"{len(unsealed)} newer entries are not sealed yet."
    if purged := notes[PURGED]:
        yield f"{len(purged)} entries are known by their hashes alone: the server says that it removed them after their retention."
    if bare := notes[BARE]:
        what = "say no more who did it from where: that was erased, or somebody removed it"
        yield f"{len(bare)} entries{first_of(bare)} {what}; everything else in them holds."


def first_of(ids: list[str]) -> str:
    return f" (the first is {ids[0]})" if ids else ""


# Ed25519 (RFC 8032 §5.1), verification only: in plain Python, so that this file needs nothing but itself.
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
    """Whether this is the signature of the key's holder over the message."""
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


def read_export(lines: Iterable[str]) -> Trail:
    """The trail in an export: JSON Lines, each an envelope of CloudEvents 1.0 with the entry, the seal or the list of lines as its data."""
    trail = Trail()
    for number, text, event in envelopes(lines):
        try:
            if trail.file is None:
                trail.file, trail.account_id = header_of(event)
                what = "what the export says of itself"
            elif event["type"] == "profile.audit.lines":
                trail.file.sheets.append((len(trail.file.lines), sheet_of(event)))
                continue
            else:
                what = take(trail, event)
            trail.file.lines.append(Line(number, what, hash_of_line(text)))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unreadable(f"Line {number} is no part of an export: {error!r}.") from None
    if trail.file is None:
        raise Unreadable("This is no export of an audit trail: its first line is missing.")
    return trail


def envelopes(lines: Iterable[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        if line.startswith("when,who,"):
            raise Unreadable(
                "This is the table (CSV), which is for reading and proves nothing. Take the JSON Lines export."
            )
        try:
            event = json.loads(line, object_pairs_hook=once_each, parse_constant=refuse)
            yield number, line, {**event, "type": event["type"], "data": event["data"]}
        except (ValueError, KeyError, TypeError, RecursionError):
            raise Unreadable(f"Line {number} is not a line of an export.") from None


def once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def header_of(event: dict[str, Any]) -> tuple[File, str]:
    if event["type"] != "profile.audit.export":
        raise ValueError("an export begins with what it says of itself")
    data = event["data"]
    return File(event["id"], event["source"], event["time"], data["filtered"] is not False), data["account"]["id"]


def sheet_of(event: dict[str, Any]) -> dict[str, Any]:
    data = event["data"]
    hashes = [data["public_key"], *data["lines"]]
    if not isinstance(data["signature"], str) or not all(
        isinstance(each, str) and HASH.fullmatch(each) for each in hashes
    ):
        raise ValueError("a list of lines that is none")
    return {**event, "data": {"last": False, "number": 0, "export": "", **data}}


def take(trail: Trail, event: dict[str, Any]) -> str:
    """Add what a line holds to the trail; returns what that is."""
    data = event["data"]
    if "entry" in data:
        return take_entry(trail, event)
    if event["type"] == "profile.audit.seal":
        trail.seals.append(seal_of(data))
        return f"seal {data['number']!r}"
    if event["type"] == "profile.audit.purge":
        trail.purge = purge_of(data)
        return "what was purged"
    raise ValueError(f"{event['type']!r} is not known")


def take_entry(trail: Trail, event: dict[str, Any]) -> str:
    entry, entry_id = event["data"]["entry"], event["data"]["entry"]["id"]
    if entry_id in trail.entries:
        trail.odd = trail.odd or wrong(f"Entry {entry_id} stands twice in this export.", entry_id)
    envelope = {
        "id": entry_id,
        "time": entry["at"],
        "type": f"profile.{entry['action']}",
        "source": trail.file and trail.file.source,
    }
    for name, value in envelope.items():
        if event.get(name) != value:
            trail.odd = trail.odd or wrong(
                f"Around entry {entry_id} the {name} was changed: it is not that of the entry.", entry_id
            )
    trail.entries.setdefault(entry_id, entry)
    if event["data"].get("personal") is not None:
        trail.personal.setdefault(entry_id, event["data"]["personal"])
    return f"entry {entry_id}"


def purge_of(data: dict[str, Any]) -> Purge:
    numbers = ("seal", "place", "entries")
    if not all(type(value) is (int if name in numbers else str) for name, value in data.items()):
        raise ValueError("what was purged is not said")
    return Purge(**data)


def seal_of(data: dict[str, Any]) -> Seal:
    members = tuple(Sealed(*member) for member in data["members"])
    names = ("account_id", "until", "previous", "public_key", "seal_hash", "signature")
    texts = [*(data[name] for name in names), *(text for member in data["members"] for text in member)]
    if type(data["number"]) is not int or not all(isinstance(text, str) for text in texts):
        raise ValueError("a seal that is none")
    return Seal(number=data["number"], members=members, **{name: data[name] for name in names})


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify_audit.py", description="Says whether an exported audit trail is what it was."
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
        what = "it is no UTF-8, so some program has saved it anew. Take the JSON Lines export as it was downloaded"
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
