#!/usr/bin/env python3
"""Is this audit trail what it was? Checks an export of Profile's audit trail, on any machine with Python 3.9 or newer and nothing else.

    python verify_audit.py export.jsonl                 says whether the export is consistent in itself, which proves no more than that
    python verify_audit.py export.jsonl --seal TEXT     says whether the trail still is what it was when that seal was noted

A seal is a line of 128 hexadecimal digits that an Owner copied from the audit trail, or kept with an earlier export. It names the
whole trail up to its moment, and the key that signed it: whoever changes the database later can compute every hash again, but
can neither find a trail with the same seal nor sign another one. So the first entry that was changed, removed, inserted or moved is named.

Exit status: 0 intact, 1 something is wrong (it is named), 2 the file cannot be read or the seal is not one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

NOTHING_BEFORE = "0" * 64
LEAST_RETENTION = timedelta(days=30)
BETWEEN_ID_AND_TIME = timedelta(minutes=10)


class Unreadable(Exception):
    """The file is no export, or the seal no seal; the message says which and where."""


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


@dataclass
class Trail:
    """What is checked: entries by id, the seals in order, and which entries an export left out on purpose."""

    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    personal: dict[str, dict[str, Any]] = field(default_factory=dict)
    seals: list[Seal] = field(default_factory=list)
    filtered: bool = False


@dataclass(frozen=True)
class Finding:
    """What was found: whether all is well, one sentence, and the entry or seal that it names."""

    intact: bool
    sentence: str
    entry_id: str | None = None
    seal: int | None = None


def canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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


def verify(trail: Trail, noted: str | None = None) -> Finding:
    """Check a trail, against a seal that was noted earlier when there is one."""
    anchor, key = read_seal(noted) if noted else (None, None)
    return check_chain(trail, anchor, key) or check_entries(trail) or praise(trail, anchor)


def read_seal(noted: str) -> tuple[str, bytes]:
    """The hash and the key in a noted seal."""
    text = "".join(noted.split()).lower()
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        raw = b""
    if len(raw) != 64:
        raise Unreadable("The seal must be the 128 hexadecimal digits that were noted, all of them.")
    return text[:64], raw[32:]


def check_chain(trail: Trail, anchor: str | None, key: bytes | None) -> Finding | None:
    """The first thing that is wrong with the seals themselves."""
    wrong = first_break(trail)
    if anchor is None or key is None:
        return wrong
    hashes = [seal.seal_hash for seal in trail.seals]
    if wrong is None and anchor in hashes:
        # What came later is not in the noted seal, but its key vouches for it.
        return first_forgery(trail, key, hashes.index(anchor) + 1)
    # Every hash may have been made anew; what could not be made anew are the signatures.
    return first_forgery(trail, key) or Finding(
        False,
        f"The noted seal is not in this trail, which ends with {last_known(trail)}. What came after that is missing.",
    )


def first_break(trail: Trail) -> Finding | None:
    previous, number = NOTHING_BEFORE, 1
    for seal in trail.seals:
        if seal.number != number:
            return Finding(False, f"Seal {number} is missing.", seal=number)
        if seal.previous != previous or hash_of_seal(seal) != seal.seal_hash:
            return Finding(False, f"Seal {number} was changed, or the list of its entries was.", seal=number)
        previous, number = seal.seal_hash, number + 1
    return None


def first_forgery(trail: Trail, key: bytes, since: int = 0) -> Finding | None:
    """Name the first entry, or else the first seal, that the holder of this key did not sign as it stands here."""
    for expected, seal in enumerate(trail.seals[since:], since + 1):
        whole = seal.number == expected and seal.public_key == key.hex() and hash_of_seal(seal) == seal.seal_hash
        if whole and signature_holds(key, signed_of_seal(seal.seal_hash), seal.signature):
            continue
        for place, member in enumerate(seal.members):
            if not signature_holds(key, signed_of_member(seal.account_id, expected, place, member), member.signature):
                return forged_entry(trail, seal, expected, place)
        return Finding(
            False, f"Entries of seal {expected} are missing{after(trail, expected, len(seal.members))}.", seal=expected
        )
    return None


def forged_entry(trail: Trail, seal: Seal, number: int, place: int) -> Finding:
    entry_id = seal.members[place].entry_id
    what = "was changed, inserted or moved, or one before it was removed: it is not what was sealed"
    return Finding(False, f"Entry {entry_id} {what}{after(trail, number, place)}.", entry_id, number)


def after(trail: Trail, number: int, place: int) -> str:
    """Where in the trail this is: after the last entry that still holds."""
    held = [member for seal in trail.seals[: number - 1] for member in seal.members]
    held += trail.seals[number - 1].members[:place] if number <= len(trail.seals) else []
    return f", after entry {held[-1].entry_id}" if held else ", at the beginning of the trail"


def last_known(trail: Trail) -> str:
    last = [member for seal in trail.seals[-1:] for member in seal.members]
    return f"entry {last[-1].entry_id}" if last else "nothing at all"


def check_entries(trail: Trail) -> Finding | None:
    """The first entry that is not what its seal says of it, is gone, or stands where no seal knew of it."""
    sealed = {member.entry_id: (member, seal) for seal in trail.seals for member in seal.members}
    purged_until = purged(trail)
    for entry_id in sorted({*trail.entries, *sealed}):
        entry, (member, seal) = trail.entries.get(entry_id), sealed.get(entry_id, (None, None))
        found = (
            check_missing(trail, entry_id, purged_until) if entry is None else check_present(trail, entry, member, seal)
        )
        if found:
            return found
    return None


def check_missing(trail: Trail, entry_id: str, purged_until: datetime | None) -> Finding | None:
    if trail.filtered or (purged_until and moment_of_id(entry_id) < purged_until):
        return None
    return Finding(False, f"Entry {entry_id} is missing.", entry_id)


def check_present(trail: Trail, entry: dict[str, Any], member: Sealed | None, seal: Seal | None) -> Finding | None:
    entry_id = str(entry["id"])
    if hash_of_entry(entry) != entry["entry_hash"] or (member and member.entry_hash != entry["entry_hash"]):
        return Finding(False, f"Entry {entry_id} was changed.", entry_id)
    personal = trail.personal.get(entry_id)
    if personal and sha256(personal["salt"] + canonical(personal["values"])) != entry["personal_digest"]:
        return Finding(False, f"What entry {entry_id} says of a person was changed.", entry_id)
    born = moment_of_id(entry_id)
    if abs(moment(entry["at"]) - born) > BETWEEN_ID_AND_TIME:
        return Finding(False, f"Entry {entry_id} was inserted: its id and its time differ.", entry_id)
    earlier = trail.seals if seal is None else trail.seals[: seal.number - 1]
    if earlier and born < moment(earlier[-1].until):
        unknown = f"it claims a time that seal {earlier[-1].number} covers, which does not list it"
        return Finding(False, f"Entry {entry_id} was inserted: {unknown}.", entry_id)
    return None


def purged(trail: Trail) -> datetime | None:
    """Until when entries were purged after their retention, as the trail itself says."""
    moments = [
        moment(entry["values"]["before"])
        for entry in trail.entries.values()
        if entry["action"] == "audit.purged"
        and moment(entry["values"]["before"]) <= moment(entry["at"]) - LEAST_RETENTION
    ]
    return max(moments, default=None)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def moment_of_id(entry_id: str) -> datetime:
    """Ids begin with the milliseconds since 1970 (RFC 9562 §5.7)."""
    return datetime.fromtimestamp(int(entry_id.replace("-", "")[:12], 16) / 1000, timezone.utc)


def praise(trail: Trail, anchor: str | None) -> Finding:
    """What it means that nothing was found."""
    listed = {member.entry_id for seal in trail.seals for member in seal.members}
    counts = [f"{len(trail.entries)} entries, {len(trail.seals)} seals."]
    if unsealed := len(trail.entries.keys() - listed):
        counts.append(f"{unsealed} newer entries are not sealed yet.")
    if left := len(listed - trail.entries.keys()):
        counts.append(
            f"{left} entries are known by their hashes alone: purged after their retention, or left out of this export."
        )
    if anchor is None:
        proves = "Without a seal that was noted earlier this proves no more: whoever can write to the database can make a consistent trail."
        return Finding(True, " ".join(["Consistent in itself:", *counts, proves]))
    number = next(seal.number for seal in trail.seals if seal.seal_hash == anchor)
    return Finding(
        True, " ".join([f"Intact: everything up to seal {number} is what it was when that seal was noted.", *counts])
    )


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
    """The trail in an export: JSON Lines, each an envelope of CloudEvents 1.0 with the entry or the seal as its data."""
    trail, began = Trail(), False
    for number, kind, data in envelopes(lines):
        try:
            if kind.endswith("audit.export"):
                trail.filtered, began = bool(data["filtered"]), True
            elif kind.endswith("audit.seal"):
                trail.seals.append(seal_of(data))
            else:
                trail.entries[data["entry"]["id"]] = data["entry"]
                if data.get("personal"):
                    trail.personal[data["entry"]["id"]] = data["personal"]
        except (KeyError, TypeError, ValueError) as error:
            raise Unreadable(f"Line {number} is no part of an export: {error!r}.") from None
    if not began:
        raise Unreadable("This is no export of an audit trail: its first line is missing.")
    return trail


def envelopes(lines: Iterable[str]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            event = json.loads(line)
            yield number, event["type"], event["data"]
        except (ValueError, KeyError, TypeError):
            raise Unreadable(f"Line {number} is not a line of an export.") from None


def seal_of(data: dict[str, Any]) -> Seal:
    members = tuple(Sealed(*member) for member in data["members"])
    names = ("account_id", "number", "until", "previous", "public_key", "seal_hash", "signature")
    return Seal(**{name: data[name] for name in names}, members=members)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify_audit.py", description="Says whether an exported audit trail is what it was."
    )
    parser.add_argument("export", help="the exported file (JSON Lines)")
    parser.add_argument("--seal", help="the 128 digits of a seal that was noted earlier")
    given = parser.parse_args(arguments)
    try:
        with open(given.export, encoding="utf-8") as lines:
            found = verify(read_export(lines), given.seal)
    except (OSError, UnicodeDecodeError) as error:
        print(f"{given.export} cannot be read: {error}", file=sys.stderr)
        return 2
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 2
    print(found.sentence)
    return 0 if found.intact else 1


if __name__ == "__main__":
    sys.exit(main())
