"""The work of a Python peer on PostgreSQL, by asyncpg, which prepares each statement once: three round trips a call.

It connects as a superuser, past row-level security, so that it need not set an account in every transaction as the product does.
"""

from __future__ import annotations

import asyncio
import os
import uuid
from datetime import UTC, datetime
from typing import Any

import asyncpg
from shared import audit_row, fingerprint

CONNECTIONS = 8
BEARER = """SELECT a.scope, c.account_id, o.name FROM access_token a JOIN "authorization" z ON z.id = a.authorization_id
    JOIN connection c ON c.id = z.connection_id JOIN member m ON m.id = c.member_id JOIN account o ON o.id = c.account_id
    WHERE a.token_hash = $1 AND a.revoked_at IS NULL AND c.revoked_at IS NULL AND m.removed_at IS NULL"""
PAGE = """SELECT id, first_name, last_name, email, status, disc_style, completed_at, created_at,
    (SELECT profiles FROM profile_count WHERE account_id = $1)
    FROM profile WHERE account_id = $1 ORDER BY name_key, id LIMIT $2"""
AUDIT = "INSERT INTO peer_audit (id, peer, account_id, at, tool, resources, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)"
# One statement is one transaction: the change and its audit row come together or not at all.
RECOLOR = f"""WITH changed AS (UPDATE tag SET color = $8 WHERE account_id = $3::uuid AND id = $9 RETURNING account_id, id, label),
    kept AS ({AUDIT.replace("$3", "$3::text")})
    SELECT label, (SELECT count(*) FROM profile_tag p WHERE p.account_id = c.account_id AND p.tag_id = c.id) FROM changed c"""
opening = asyncio.Lock()
pools: list[asyncpg.Pool] = []


async def pool() -> asyncpg.Pool:
    async with opening:
        if not pools:
            address = os.environ["PEER_DATABASE"]
            pools.append(await asyncpg.create_pool(address, min_size=CONNECTIONS, max_size=CONNECTIONS))
    return pools[0]


async def bearer(token: str) -> tuple[str, str, str] | None:
    """The scopes, the account and its name."""
    row = await (await pool()).fetchrow(BEARER, fingerprint(token))
    return row and (row[0], str(row[1]), row[2])


async def profiles(account_id: str, limit: int) -> tuple[list[Any], int]:
    """Rows of profiles, and how many there are."""
    async with (await pool()).acquire() as connection:
        rows = await connection.fetch(PAGE, uuid.UUID(account_id), limit)
        await connection.execute(AUDIT, *entry("list_profiles", account_id, [str(row[0]) for row in rows]))
    return [row[:8] for row in rows], rows[0][8] if rows else 0


async def recolor(account_id: str, tag_id: str, color: str) -> tuple[str, int]:
    """The tag's label, and how many profiles have it."""
    row = await (await pool()).fetchrow(RECOLOR, *entry("update_tag", account_id, [tag_id]), color, uuid.UUID(tag_id))
    return row[0], row[1]


def entry(tool: str, account_id: str, ids: list[str]) -> tuple[Any, ...]:
    return audit_row(tool, account_id, ids, datetime.now(UTC).timestamp())
