"""What the makers of two command lines have published about them: these introduce themselves by a document's address, and do not register.

The server has met them before, so that no test goes out to the internet. How documents are fetched is tested with the authorization server.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from blueprints.oauth.client_id_metadata_documents import check_document
from models.clients.client import Client
from models.database.base import db, now

LOOPBACK = ["http://localhost/callback", "http://127.0.0.1/callback"]
COMMON = {
    "redirect_uris": LOOPBACK,
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
}
CLAUDE_CODE: dict[str, Any] = {
    "client_id": "https://claude.ai/oauth/claude-code-client-metadata",
    "client_name": "Claude Code",
    "client_uri": "https://claude.ai",
    **COMMON,
}
CODEX: dict[str, Any] = {
    "client_id": "https://chatgpt.com/oauth/codex/client.json",
    "client_name": "Codex",
    "client_uri": "https://chatgpt.com",
    **COMMON,
}


def meet(document: dict[str, Any]) -> None:
    """Keep a document as if somebody had connected the app an hour ago."""
    address = document["client_id"]
    Client.publish(address, fresh_until=now() + timedelta(hours=23), etag=None, **check_document(address, document))
    db.session.commit()
