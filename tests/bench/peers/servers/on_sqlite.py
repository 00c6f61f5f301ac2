"""The work of a Python peer on SQLite: reads on the event loop (they take microseconds), writes on one thread that queues for the file."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from shared import audit_row, fingerprint

FILE = os.environ["PEER_DATABASE"].removeprefix("sqlite:///")
BEARER = """SELECT a.scope, c.account_id, o.name FROM access_token a JOIN "authorization" z ON z.id = a.authorization_id
    JOIN connection c ON c.id = z.connection_id JOIN member m ON m.id = c.member_id JOIN account o ON o.id = c.account_id
    WHERE a.token_hash = ? AND a.revoked_at IS NULL AND c.revoked_at IS NULL AND m.removed_at IS NULL"""
PAGE = """SELECT id, first_name, last_name, email, status, disc_style, completed_at, created_at FROM profile
    WHERE account_id = ? ORDER BY name_key, id LIMIT ?"""
COUNT = "SELECT profiles FROM profile_count WHERE account_id = ?"
RECOLOR = "UPDATE tag SET color = ? WHERE account_id = ? AND id = ? RETURNING label"
CARRIED = "SELECT count(*) FROM profile_tag WHERE account_id = ? AND tag_id = ?"
AUDIT = "INSERT INTO peer_audit (id, peer, account_id, at, tool, resources, hash) VALUES (?, ?, ?, ?, ?, ?, ?)"


def connect() -> sqlite3.Connection:
    connection = sqlite3.connect(FILE, isolation_level=None, timeout=10, check_same_thread=False)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "mmap_size = 268435456"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


reader, writer = connect(), connect()
writing = ThreadPoolExecutor(1)
# SQLite's own way to wait for another process is to sleep, for up to 100 ms; a lock on a file wakes whoever waits.
turn = os.open(f"{FILE}-peer", os.O_RDWR | os.O_CREAT)


async def bearer(token: str) -> tuple[str, str, str] | None:
    """The scopes, the account and its name."""
    row: tuple[str, str, str] | None = reader.execute(BEARER, (fingerprint(token),)).fetchone()
    return row


async def profiles(account_id: str, limit: int) -> tuple[list[Any], int]:
    """Rows of profiles, and how many there are."""
    rows = reader.execute(PAGE, (account_id, limit)).fetchall()
    (total,) = reader.execute(COUNT, (account_id,)).fetchone()
    await write(lambda: audit("list_profiles", account_id, [row[0] for row in rows]))
    return rows, total


async def recolor(account_id: str, tag_id: str, color: str) -> tuple[str, int]:
    """The tag's label, and how many profiles have it."""
    plain_id = uuid.UUID(tag_id).hex

    def change() -> tuple[str, int]:
        [(label,)] = writer.execute(RECOLOR, (color, account_id, plain_id)).fetchall()
        (carried,) = writer.execute(CARRIED, (account_id, plain_id)).fetchone()
        audit("update_tag", account_id, [tag_id])
        return label, carried

    done: tuple[str, int] = await write(change)
    return done


async def write(work: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(writing, transact, work)


def transact(work: Callable[[], Any]) -> Any:
    """In one transaction, one process after the other."""
    fcntl.flock(turn, fcntl.LOCK_EX)
    try:
        writer.execute("BEGIN IMMEDIATE")
        done = work()
        writer.execute("COMMIT")
    except BaseException:
        writer.rollback()
        raise
    else:
        return done
    finally:
        fcntl.flock(turn, fcntl.LOCK_UN)


def audit(tool: str, account_id: str, ids: list[str]) -> None:
    writer.execute(AUDIT, audit_row(tool, account_id, ids, time.time()))
