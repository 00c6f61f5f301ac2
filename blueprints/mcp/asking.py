"""Calls that wait for a person: which ones, and how each kind of client learns the address of the page.

A client's own "accept" means that it opened the page, and allows nothing: only the answer on the page does.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import mcp_types
from mcp_types import CLIENT_CAPABILITIES_META_KEY, URL_ELICITATION_REQUIRED
from sqlalchemy import update

from blueprints.mcp import audit
from blueprints.mcp.call_outcomes import MINUTES, AsksFirst, Denied, TooManyWait
from blueprints.mcp.protocol import Message, ProtocolError, serialize, serialize_refusal
from blueprints.mcp.registry import Tool
from config import Settings
from models.approvals import Approval, Asked, TooManyWaiting, kind_asked
from models.connections import Authorization
from models.database import db, enter_account, writing
from models.oauth import Bearer
from models.request_scope import MANY_AT_ONCE, Call, current_scope

WITH_PAGES = "2025-11-25"
"""The only revision with handshakes in which a client can open an address for its person."""


def must_be_allowed(bearer: Bearer, tool: Tool, given: Mapping[str, Any], arguments: Mapping[str, Any]) -> None:
    """In the transaction of the call: use up a person's yes to it. Raises `AsksFirst` or `Denied` if it needs one and has none."""
    asks = bearer.limits.ask_first
    if tool.effect is None or kind_asked(tool, MANY_AT_ONCE + 1, asks) is None:
        # However many profiles it changes, nobody is asked: then nothing is counted.
        return
    enter_account(bearer.account_id)
    with current_scope().limited_to(bearer.limits):
        effect = tool.effect(bearer, **arguments)
    if effect.people > 1 and not tool.many:
        raise ValueError(f"{tool.name} says that a call changes no more than one profile")
    kind = kind_asked(tool, effect.people, asks)
    if kind is None:
        return
    asked = Asked(bearer.connection_id, tool.name, as_json(given), effect, kind)
    if Approval.use(asked):
        return
    known = Approval.of(asked)
    if known is not None and known.allowed is False:
        raise Denied
    raise AsksFirst(asked)


def as_json(given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they were sent: equal calls are equal here."""
    sent: dict[str, Any] = json.loads(json.dumps(given, default=str))
    return sent


def ask_person(message: Message, bearer: Bearer, entry: Call, asked: Asked, settings: Settings) -> bytes:
    """Store the call for a person, with an entry in the audit log, and answer with the address of its page."""
    try:
        approval_id = audit.audit_asked(bearer, entry, asked)
    except TooManyWaiting:
        refusal = TooManyWait()
        audit.audit_refused(bearer, entry, refusal)
        return serialize_refusal(message, str(refusal.text))
    address = f"{settings.public_url}/settings/connections/{bearer.connection_id}/calls/{approval_id}"
    text = f"A person must allow this call of {asked.tool} first, on a page of Profile. Nothing was done yet."
    state = message.params.get("requestState")
    if message.modern and opens_pages(message.params) and state is None:
        question = mcp_types.ElicitRequestURLParams(message=text, url=address)
        asking = mcp_types.ElicitRequest(method="elicitation/create", params=question)
        return serialize(
            message,
            mcp_types.InputRequiredResult(input_requests={"approval": asking}, request_state=str(approval_id)),
        )
    if message.revision == WITH_PAGES and bearer.opens_pages:
        question = mcp_types.ElicitRequestURLParams(message=text, url=address, elicitation_id=str(approval_id))
        data = mcp_types.ElicitationRequiredErrorData(elicitations=[question])
        shown = data.model_dump(by_alias=True, exclude_none=True, mode="json")
        raise ProtocolError(URL_ELICITATION_REQUIRED, text, shown)
    then = f"Ask the member to open it, wait for their answer, then make the same call again within {MINUTES} minutes"
    return serialize_refusal(message, f"{text} {then}: {address}")


def opens_pages(params: Mapping[str, Any]) -> bool:
    """Whether the client says in this message that it opens an address for its person."""
    meta = params.get("_meta")
    return can_open(meta.get(CLIENT_CAPABILITIES_META_KEY)) if isinstance(meta, dict) else False


def can_open(capabilities: Any) -> bool:
    elicitation = capabilities.get("elicitation") if isinstance(capabilities, dict) else None
    return isinstance(elicitation, dict) and elicitation.get("url") is not None


def note_handshake(bearer: Bearer, capabilities: Any) -> None:
    """Remember what a client of the handshake era can do: its calls do not say it."""
    if (able := can_open(capabilities)) == bearer.opens_pages:
        return
    with writing():
        own = Authorization.id == bearer.authorization_id
        db.session.execute(update(Authorization).where(own).values(opens_pages=able))
