"""Seals over the audit log: chained, signed, and most valuable when copied elsewhere. models/audit/verify_audit.py checks them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    cast,
    exists,
    insert,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column

from models.audit.entry import AuditEntry, AuditPersonal, hashable
from models.audit.purge import AuditPurge
from models.audit.verify_audit import (
    NOTHING_BEFORE,
    AuditLog,
    Sealed,
    Unreadable,
    hash_of_seal,
    moment_of_id,
    signed_of_member,
    signed_of_seal,
)
from models.audit.verify_audit import Seal as ReadSeal
from models.database import Base, Moment, db, shared_now, table_of
from models.secrets import Signer

# Entries get their time when they are written, and become visible when their transaction ends. After this time, all
# have.
SETTLED = timedelta(minutes=10)
MOST_IN_A_SEAL = 1_000


class AuditSeal(Base):
    """Everything in one account's audit log up to a moment, as one hash that is signed and chained to the previous seal."""

    __tablename__ = "audit_seal"

    account_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    until: Mapped[Moment]
    """Every entry from before this time is in this seal or in an earlier one."""
    previous: Mapped[str]
    public_key: Mapped[str]
    seal_hash: Mapped[str]
    signature: Mapped[str]
    entries: Mapped[int]

    __table_args__ = (UniqueConstraint("seal_hash"),)

    @property
    def noted(self) -> str:
        """What an Owner copies elsewhere: the hash of the seal and the key that signed it, 128 hexadecimal digits."""
        return self.seal_hash + self.public_key

    @classmethod
    def last(cls, account_id: uuid.UUID) -> AuditSeal | None:
        """The newest seal of an account."""
        return db.session.scalar(select(cls).where(cls.account_id == account_id).order_by(cls.number.desc()).limit(1))

    @classmethod
    def over(cls, entry_id: uuid.UUID) -> AuditSeal | None:
        """The seal of an entry; None until it has one."""
        number = select(SealedEntry.account_id, SealedEntry.number).where(SealedEntry.entry_id == entry_id).subquery()
        both = (cls.account_id == number.c.account_id) & (cls.number == number.c.number)
        return db.session.scalar(select(cls).join(number, both))


class SealedEntry(Base):
    """An entry's place in a seal, with its hash, which stays when the entry itself is purged after its retention."""

    __tablename__ = "audit_sealed"

    entry_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    account_id: Mapped[uuid.UUID]
    number: Mapped[int]
    place: Mapped[int]
    entry_hash: Mapped[str]
    signature: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["account_id", "number"], ["audit_seal.account_id", "audit_seal.number"]),
        Index("uq_audit_sealed_place", "account_id", "number", "place", unique=True),
    )


def seal_log(account_id: uuid.UUID, until: datetime | None = None) -> AuditSeal | None:
    """Seal every settled entry without a seal; None when there is none. If two run at the same time, one fails on the number."""
    last, until = None, until or shared_now() - SETTLED
    while seal := seal_next(account_id, until):
        last = seal
    return last


def seal_next(account_id: uuid.UUID, until: datetime | None = None, since: datetime | None = None) -> AuditSeal | None:
    """Add one seal over at most a thousand entries; None when there is nothing. Entries older than `since` are ignored."""
    until = until or shared_now() - SETTLED
    # Ids have the time to the millisecond.
    until = until.replace(microsecond=until.microsecond // 1_000 * 1_000)
    entries = unsealed(account_id, until, since)
    if not entries:
        return None
    hand_over(account_id)
    # A full seal covers the time up to its last entry; only the last one covers the time up to `until`.
    full = len(entries) == MOST_IN_A_SEAL
    return add_seal(account_id, moment_of_id(str(entries[-1][0])) if full else until, entries)


def unsealed(account_id: uuid.UUID, until: datetime, since: datetime | None = None) -> list[tuple[uuid.UUID, str]]:
    """Ids and hashes of entries without a seal, oldest first, up to the size of one seal."""
    statement = select(AuditEntry.id, AuditEntry.entry_hash).where(
        AuditEntry.account_id == account_id, *without_seal(until, since)
    )
    rows = db.session.execute(statement.order_by(AuditEntry.id).limit(MOST_IN_A_SEAL))
    return [(id_, entry_hash) for id_, entry_hash in rows]


def without_seal(until: datetime, since: datetime | None = None) -> list[ColumnElement[bool]]:
    """The conditions for entries of this time without a seal."""
    listed = exists().where(SealedEntry.entry_id == AuditEntry.id)
    newer = [AuditEntry.id >= first_id(since)] if since else []
    return [*newer, AuditEntry.id < first_id(until), ~listed]


def has_unsealed_entries(account_id: uuid.UUID) -> bool:
    """Whether this account has settled entries without a seal, however old."""
    mine = select(AuditEntry.id).where(AuditEntry.account_id == account_id, *without_seal(shared_now() - SETTLED))
    return db.session.scalar(mine.limit(1)) is not None


def accounts_to_seal(since: datetime) -> list[uuid.UUID]:
    """The accounts with settled entries since then that have no seal."""
    statement = select(AuditEntry.account_id).where(*without_seal(shared_now() - SETTLED, since)).distinct()
    return list(db.session.scalars(statement))


def oldest_without_seal(connection: Connection, since: datetime) -> datetime | None:
    """The time of the first entry since then that has no seal, in any account; None if all have one."""
    first = select(AuditEntry.at).where(*without_seal(shared_now(), since)).order_by(AuditEntry.id).limit(1)
    found: datetime | None = connection.scalar(first)
    return found


def first_id(moment: datetime) -> uuid.UUID:
    """The lowest possible id for this millisecond."""
    return uuid.UUID(int=round(moment.timestamp() * 1_000) << 80)


def add_seal(account_id: uuid.UUID, until: datetime, entries: list[tuple[uuid.UUID, str]]) -> AuditSeal:
    previous, signer = AuditSeal.last(account_id), Signer()
    # The key of the log so far vouches for the new one, if the server still has it.
    vouching = Signer.called(previous.public_key) if previous and not entries else None
    number = previous.number + 1 if previous else 1
    members = [Sealed(str(id_), entry_hash, "") for id_, entry_hash in entries]
    facts = ReadSeal(
        account_id=str(account_id),
        number=number,
        until=hashable(until),
        previous=previous.seal_hash if previous else NOTHING_BEFORE,
        public_key=signer.public_key,
        seal_hash="",
        signature="",
        members=tuple(members),
    )
    seal_hash = hash_of_seal(facts)
    seal = AuditSeal(
        account_id=account_id,
        number=number,
        until=until,
        previous=facts.previous,
        public_key=facts.public_key,
        seal_hash=seal_hash,
        signature=(vouching or signer).sign(signed_of_seal(seal_hash)),
        entries=len(members),
    )
    db.session.add(seal)
    db.session.flush()
    rows = [
        {
            "entry_id": id_,
            "account_id": account_id,
            "number": number,
            "place": place,
            "entry_hash": entry_hash,
            "signature": signer.sign(signed_of_member(str(account_id), number, place, member)),
        }
        for place, ((id_, entry_hash), member) in enumerate(zip(entries, members, strict=True))
    ]
    if rows:
        db.session.connection().execute(insert(table_of(SealedEntry)), rows)
    return seal


def seal_with_new_key(account_id: uuid.UUID) -> None:
    """If the server's key has changed since the last seal, chain an empty seal to it, so that the log vouches for the new key."""
    last = AuditSeal.last(account_id)
    if last and last.public_key != Signer().public_key:
        add_seal(account_id, last.until, [])


def hand_over(account_id: uuid.UUID) -> bool:
    """The same, if the server still has the key of the last seal: then that key vouches for the new one. Returns whether it did."""
    last = AuditSeal.last(account_id)
    if last is None or last.public_key == Signer().public_key or Signer.called(last.public_key) is None:
        return False
    add_seal(account_id, last.until, [])
    return True


def stored_log(account_id: uuid.UUID) -> AuditLog:
    """The whole audit log of an account as stored in the database, for verification."""
    log = AuditLog(account_id=str(account_id))
    entries = select(AuditEntry, AuditPersonal).where(AuditEntry.account_id == account_id)
    rows = entries.join(AuditPersonal, AuditPersonal.entry_id == AuditEntry.id, isouter=True)
    try:
        take_entries(log, db.session.execute(rows.execution_options(yield_per=500)))
    except (ValueError, TypeError) as error:
        # SQLite stores anything in any column.
        raise Unreadable(first_unreadable(account_id)) from error
    # Seals are read after the entries, so that entries sealed or purged in between do not seem to be missing.
    log.seals = [seal_of(account_id, number) for number in seal_numbers(account_id)]
    last = AuditPurge.last(account_id)
    log.purge = last.read if last else None
    return log


def take_entries(log: AuditLog, rows: Iterable[Any]) -> None:
    for entry, personal in rows:
        log.entries[str(entry.id)] = entry_facts(entry)
        if personal is not None:
            log.personal[str(entry.id)] = personal_facts(personal)


def first_unreadable(account_id: uuid.UUID) -> str:
    """Describe the entry that has a value which no entry can have."""
    ids = select(cast(AuditEntry.id, Text)).where(AuditEntry.account_id == account_id).order_by(AuditEntry.id)
    for id_ in db.session.scalars(ids).all():
        try:
            for table in (AuditEntry, AuditPersonal):
                db.session.get(table, uuid.UUID(id_))
        except (ValueError, TypeError):
            return f"Entry {id_} was changed: it has a value that the server does not write."
    return "An entry was changed: it has a value that the server does not write."


def seal_numbers(account_id: uuid.UUID) -> list[int]:
    """The numbers of an account's seals, in order."""
    numbers = select(AuditSeal.number).where(AuditSeal.account_id == account_id)
    return list(db.session.scalars(numbers.order_by(AuditSeal.number)))


def seal_of(account_id: uuid.UUID, number: int) -> ReadSeal:
    """One seal of an account, with its entries."""
    seal = db.session.get_one(AuditSeal, (account_id, number))
    listed = select(SealedEntry.entry_id, SealedEntry.entry_hash, SealedEntry.signature)
    listed = listed.where(SealedEntry.account_id == account_id, SealedEntry.number == number)
    return ReadSeal(
        account_id=str(account_id),
        number=seal.number,
        until=hashable(seal.until),
        previous=seal.previous,
        public_key=seal.public_key,
        seal_hash=seal.seal_hash,
        signature=seal.signature,
        members=tuple(
            Sealed(str(entry_id), entry_hash, signature)
            for entry_id, entry_hash, signature in db.session.execute(listed.order_by(SealedEntry.place))
        ),
    )


def entry_facts(entry: AuditEntry) -> dict[str, Any]:
    """Every column of an entry, in the form that is hashed."""
    return {column.key: hashable(getattr(entry, column.key)) for column in table_of(AuditEntry).columns}


def personal_facts(personal: AuditPersonal) -> dict[str, Any]:
    """The personal data of an entry, with the salt that binds it to the entry."""
    values = {"address": personal.address, "user_agent": personal.user_agent, "names": personal.names}
    return {"salt": personal.salt, "values": values}
