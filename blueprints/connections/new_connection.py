"""Connect an assistant: how, what to ask it then, and its first call as soon as it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from flask import jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from blueprints.auth.access_control import allowed, current_member
from blueprints.connections import bp
from blueprints.connections.assistants import ASSISTANTS, Assistant
from config import Settings, current_settings
from models.accounts import Member
from models.audit_log import ConnectedApp
from models.connections import ConnectionPolicy
from models.database import now
from models.oauth import grantable_scopes, needs_second_factor
from models.permissions import Permission, Role, scope_for
from models.scopes import READING, SCOPES, Scope

WAITS_FOR = timedelta(days=1)


@bp.get("/new")
@allowed(Permission.CONNECT_APPS)
def new() -> str:
    """How to connect one assistant, with links to the others. When it was opened is part of its address."""
    member, settings, since = current_member(), current_settings(), opened_at()
    policy = ConnectionPolicy.of(member.account_id)
    elsewhere = from_outside(settings)
    usual = ASSISTANTS["claude" if elsewhere else "claude-code"]
    assistant = ASSISTANTS.get(request.args.get("client", ""), usual)
    return render_template(
        "connections/new.html",
        assistant=assistant,
        tabs=[tab(each, each is assistant, since) for each in ASSISTANTS.values()],
        policy=policy,
        needs_second_factor=needs_second_factor(member, policy),
        allowed=assistant.allowed_by(policy, settings),
        questions=questions(member, policy),
        can_reach=elsewhere or not assistant.hosted_by,
        mcp_url=settings.mcp_url,
        may_manage=member.may(Permission.MANAGE_CONNECTIONS),
        **what_came(member, assistant.key, since),
    )


@bp.get("/new/first-call")
@allowed(Permission.CONNECT_APPS)
def first_call() -> Response:
    """What the page waits for, for its script."""
    came = what_came(current_member(), request.args.get("client", ""), opened_at())
    return jsonify(html=render_template("connections/_first_call.html", **came))


def what_came(member: Member, client: str, since: datetime) -> dict[str, Any]:
    """The app that was connected since the page was opened, and where to look for more."""
    place: dict[str, Any] = {"client": client, "since": stamp(since)}
    return {
        "app": ConnectedApp.since(member, since),
        "look": url_for(".first_call", **place),
        "again": url_for(".new", **place, _anchor="first-call"),
        "since": stamp(since),
    }


def tab(assistant: Assistant, current: bool, since: datetime) -> dict[str, Any]:
    url = url_for(".new", client=assistant.key, since=stamp(since))
    return {"label": assistant.name, "url": url, "current": current}


def opened_at() -> datetime:
    """When the person opened the page, in milliseconds since 1970; an address that was kept for more than a day starts again."""
    present, given = now(), request.args.get("since", 0, type=int)
    earliest = present - WAITS_FOR
    return datetime.fromtimestamp(given / 1_000, UTC) if stamp(earliest) <= given <= stamp(present) else present


def stamp(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000)


def questions(member: Member, policy: ConnectionPolicy) -> list[Scope]:
    """The scopes that this member can allow an app now; each has something to ask."""
    grantable = grantable_scopes(member, policy)
    possible = (scope_for(Role(member.role), name) for name in SCOPES if name in grantable)
    return [scope for scope in possible if scope.name in READING or not policy.read_only]


def from_outside(settings: Settings) -> bool:
    """Whether other companies' servers may reach this one, as far as its address says."""
    host = urlsplit(settings.public_url).hostname or ""
    try:
        return ip_address(host).is_global
    except ValueError:
        return not settings.on_loopback
