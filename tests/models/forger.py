"""Somebody with the whole database, and everything that was exported, but without the server's key: what they do to a trail.

They change things and then make every hash anew, so that the trail is consistent in itself again; what needs a key they sign with one
of their own.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.audit.verify_audit import (
    NOTHING_BEFORE,
    AuditLog,
    Finding,
    Purge,
    Sealed,
    hash_of_entry,
    hash_of_seal,
    moment_of_id,
    signed_of_purge,
)
from models.database.base import new_id

OWN_KEY = Ed25519PrivateKey.from_private_bytes(b"a key that is the forger's alone")


def own_key() -> str:
    return OWN_KEY.public_key().public_bytes_raw().hex()


def rehash(trail: AuditLog) -> None:
    """Make every hash anew that needs no key."""
    for entry in trail.entries.values():
        entry["entry_hash"] = hash_of_entry(entry)
    previous = NOTHING_BEFORE
    for place, seal in enumerate(trail.seals):
        members = tuple(replace(member, entry_hash=present_hash(trail, member)) for member in seal.members)
        made = replace(seal, number=place + 1, previous=previous, members=members)
        previous = hash_of_seal(made)
        trail.seals[place] = replace(made, seal_hash=previous)


def present_hash(trail: AuditLog, member: Sealed) -> str:
    return trail.entries[member.entry_id]["entry_hash"] if member.entry_id in trail.entries else member.entry_hash


def change(trail: AuditLog, dice: Random) -> str:
    """Say that something else was done."""
    entry = trail.entries[dice.choice(sorted(trail.entries))]
    name, value = dice.choice(
        [
            ("values", {"color": "zinc"}),
            ("outcome", "refused"),
            ("fields", ["label"]),
            ("resources", []),
            ("action", "audit.purged"),
            ("at", (moment_of_id(entry["id"]) + timedelta(seconds=5)).isoformat(timespec="microseconds")),
        ]
    )
    entry[name] = value
    return entry["id"]


def swap(trail: AuditLog, dice: Random) -> str:
    """Let two things have happened the other way round."""
    one, other = (trail.entries[entry_id] for entry_id in sorted(dice.sample(sorted(trail.entries), 2)))
    one["fields"], other["fields"] = ["label"], one["fields"]
    one["values"], other["values"] = {**other["values"], "swapped": 1}, {**one["values"], "swapped": 2}
    return one["id"]


def remove(trail: AuditLog, dice: Random) -> str:
    """Let something not have happened."""
    number = dice.randrange(len(trail.seals))
    members = list(trail.seals[number].members)
    gone = members.pop(dice.randrange(len(members)))
    trail.seals[number] = replace(trail.seals[number], members=tuple(members))
    drop(trail, gone.entry_id)
    return gone.entry_id


def lose(trail: AuditLog, dice: Random) -> str:
    """Remove an entry alone, and leave what the seals say of it."""
    gone = dice.choice(sorted(trail.listed()))
    drop(trail, gone)
    return gone


def insert(trail: AuditLog, dice: Random) -> str:
    """Let something have happened; half of the time, sealed."""
    model = trail.entries[dice.choice(sorted(trail.listed().keys() & trail.entries.keys()))]
    forged = {**model, "id": str(new_id(moment_of_id(model["id"]) + timedelta(milliseconds=1)))}
    forged["entry_hash"] = hash_of_entry(forged)
    trail.entries[forged["id"]] = forged
    if dice.random() < 0.5:
        number = dice.randrange(len(trail.seals))
        members = list(trail.seals[number].members)
        copied = Sealed(forged["id"], forged["entry_hash"], members[0].signature)
        members.insert(dice.randrange(len(members) + 1), copied)
        trail.seals[number] = replace(trail.seals[number], members=tuple(members))
    return str(forged["id"])


def reorder(trail: AuditLog, dice: Random) -> str:
    """Let a seal list two of its entries the other way round."""
    number = dice.randrange(len(trail.seals))
    members = list(trail.seals[number].members)
    one, other = sorted(dice.sample(range(len(members)), 2))
    members[one], members[other] = members[other], members[one]
    trail.seals[number] = replace(trail.seals[number], members=tuple(members))
    return members[one].entry_id


def truncate(trail: AuditLog, dice: Random) -> str:
    """Cut off the end: seals, and all that they list."""
    return cut(trail, dice.randrange(len(trail.seals)), len(trail.seals))


def cut_out(trail: AuditLog, dice: Random) -> str:
    """Cut a whole seal out of the middle, with all that it lists."""
    number = dice.randrange(len(trail.seals))
    return cut(trail, number, number + 1)


def cut(trail: AuditLog, first: int, end: int) -> str:
    gone = [member.entry_id for seal in trail.seals[first:end] for member in seal.members]
    del trail.seals[first:end]
    for entry_id in gone:
        drop(trail, entry_id)
    return gone[0]


def purge_by_entry(trail: AuditLog, dice: Random) -> str:
    """Remove what is sealed, and put in an entry by which it ended with its retention, a month from now."""
    gone = cut_entries(trail, dice)
    at = datetime.now(UTC) + timedelta(days=dice.choice([0, 31]))
    model = dict(next(iter(trail.entries.values())))
    values = {"before": datetime.now(UTC).isoformat(timespec="seconds"), "entries": len(gone)}
    model |= {
        "id": str(new_id(at)),
        "at": at.isoformat(timespec="microseconds"),
        "action": "audit.purged",
        "values": values,
    }
    trail.entries[model["id"]] = model
    return gone[0]


def purge_by_statement(trail: AuditLog, dice: Random) -> str:
    """Remove what is sealed, and state with a key of one's own that the server did."""
    gone = cut_entries(trail, dice)
    seal, place = trail.listed()[gone[-1]]
    before = moment_of_id(gone[-1]) + timedelta(seconds=1)
    purge = Purge(
        account_id=seal.account_id,
        at=(before + timedelta(days=400)).isoformat(timespec="microseconds"),
        before=before.isoformat(timespec="microseconds"),
        seal=seal.number,
        seal_hash=seal.seal_hash,
        place=place,
        entry_id=gone[-1],
        entries=len(gone),
        public_key=dice.choice([own_key(), seal.public_key]),
        signature="",
    )
    trail.purge = replace(purge, signature=OWN_KEY.sign(signed_of_purge(purge)).hex())
    return gone[0]


def cut_entries(trail: AuditLog, dice: Random) -> list[str]:
    """Remove entries from the beginning on, as a purge does, and leave what the seals say of them; one at least stays."""
    order = [member.entry_id for seal in trail.seals for member in seal.members if member.entry_id in trail.entries]
    gone = order[: dice.randrange(1, len(order))]
    for entry_id in gone:
        drop(trail, entry_id)
    return gone


def drop(trail: AuditLog, entry_id: str) -> None:
    trail.entries.pop(entry_id, None)
    trail.personal.pop(entry_id, None)


TAMPERINGS = (
    change,
    swap,
    remove,
    lose,
    insert,
    reorder,
    truncate,
    cut_out,
    purge_by_entry,
    purge_by_statement,
)


def names_it(found: Finding, touched: str, order: list[str]) -> bool:
    """The finding names the entry itself or, where it is gone, the place: the entry after it, or the last one that stands."""
    if touched in found.sentence:
        return True
    place = order.index(touched)
    before, behind = order[max(place - 1, 0)], order[min(place + 1, len(order) - 1)]
    return (
        before in found.sentence
        or behind in found.sentence
        or (place == 0 and "beginning" in found.sentence)
        or "nothing at all" in found.sentence
    )
