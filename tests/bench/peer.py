"""The peer: the official MCP SDK under uvicorn, with the same reads and writes and a durable audit row each, on the same database file.

It does less than the product: no roles, no limits, no sentences, no second transaction's worth of care. Its commits are tuned as
ours are: writers wait in one queue, and every commit is on the disk before the answer.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Literal

from anyio import to_thread
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.auth.provider import AccessToken
from mcp.server.auth.settings import AuthSettings
from mcp.server.mcpserver import MCPServer
from pydantic import AnyHttpUrl, BaseModel

DATABASE = os.environ["PEER_DATABASE"]
PUBLIC_URL = os.environ["PEER_URL"]
TOKEN = """SELECT a.scope, c.account_id, m.role FROM access_token a JOIN "authorization" z ON z.id = a.authorization_id
    JOIN connection c ON c.id = z.connection_id JOIN member m ON m.id = c.member_id
    WHERE a.token_hash = ? AND c.revoked_at IS NULL AND m.removed_at IS NULL"""
PAGE = """SELECT id, first_name, last_name, email, status, disc_style FROM profile
    WHERE account_id = ? ORDER BY sort_name, id LIMIT ?"""
COUNT = "SELECT count(*) FROM profile WHERE account_id = ?"
here = threading.local()
queue = threading.Lock()
turn = os.open(f"{DATABASE}-peer", os.O_RDWR | os.O_CREAT)


class Profile(BaseModel):
    id: str
    first_name: str
    last_name: str
    email: str
    status: str
    disc_style: str | None


class Profiles(BaseModel):
    profiles: list[Profile]
    total: int


class Tag(BaseModel):
    id: str
    color: str


def database() -> sqlite3.Connection:
    """This thread's connection."""
    if not hasattr(here, "connection"):
        here.connection = sqlite3.connect(DATABASE, isolation_level=None, timeout=10)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "mmap_size = 268435456"):
            here.connection.execute(f"PRAGMA {pragma}")
        here.connection.execute(
            "CREATE TABLE IF NOT EXISTS peer_audit (id TEXT PRIMARY KEY, account_id TEXT, at REAL, tool TEXT, about TEXT, hash TEXT)"
        )
    connection: sqlite3.Connection = here.connection
    return connection


def audited(tool: str, work: Callable[[sqlite3.Connection], Any], account_id: str) -> Any:
    """The work and its audit row, in one transaction, written one after the other."""
    connection = database()
    with queue:
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            connection.execute("BEGIN IMMEDIATE")
            done = work(connection)
            row = [uuid.uuid4().hex, account_id, time.time(), tool, json.dumps(sorted(done[1]))]
            row.append(hashlib.sha256(json.dumps(row).encode()).hexdigest())
            connection.execute("INSERT INTO peer_audit VALUES (?, ?, ?, ?, ?, ?)", row)
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        finally:
            fcntl.flock(turn, fcntl.LOCK_UN)
    return done[0]


class Verifier:
    """Looks a token up as the product does: by its hash, with what it may do now."""

    async def verify_token(self, token: str) -> AccessToken | None:
        found = await to_thread.run_sync(self.find_token, hashlib.sha256(token.encode()).hexdigest())
        if found is None:
            return None
        scope, account_id, _role = found
        return AccessToken(
            token=token, client_id="peer", scopes=scope.split(), resource=f"{PUBLIC_URL}/mcp", subject=account_id
        )

    def find_token(self, token_hash: str) -> tuple[str, str, str] | None:
        row: tuple[str, str, str] | None = database().execute(TOKEN, (token_hash,)).fetchone()
        return row


server = MCPServer(
    "Peer",
    token_verifier=Verifier(),
    auth=AuthSettings(
        issuer_url=AnyHttpUrl(PUBLIC_URL), resource_server_url=AnyHttpUrl(f"{PUBLIC_URL}/mcp"), required_scopes=[]
    ),
    log_level="ERROR",
)


def account() -> str:
    token = get_access_token()
    assert token
    assert token.subject
    return token.subject


@server.tool()
async def list_profiles(limit: int = 10) -> Profiles:
    """List people's profiles."""
    account_id = account()

    def read(connection: sqlite3.Connection) -> tuple[Profiles, list[str]]:
        rows = connection.execute(PAGE, (account_id, limit)).fetchall()
        (total,) = connection.execute(COUNT, (account_id,)).fetchone()
        found = [Profile(id=i, first_name=f, last_name=n, email=e, status=s, disc_style=d) for i, f, n, e, s, d in rows]
        return Profiles(profiles=found, total=total), [profile.id for profile in found]

    profiles: Profiles = await to_thread.run_sync(audited, "list_profiles", read, account_id)
    return profiles


@server.tool()
async def update_tag(tag_id: str, color: Literal["red", "blue"]) -> Tag:
    """Give a tag another colour."""
    account_id, plain_id = account(), uuid.UUID(tag_id).hex

    def write(connection: sqlite3.Connection) -> tuple[Tag, list[str]]:
        connection.execute("UPDATE tag SET color = ? WHERE account_id = ? AND id = ?", (color, account_id, plain_id))
        return Tag(id=tag_id, color=color), [tag_id]

    tag: Tag = await to_thread.run_sync(audited, "update_tag", write, account_id)
    return tag


app = server.streamable_http_app(json_response=True, stateless_http=True)
