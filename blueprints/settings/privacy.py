"""AI data handling: what connecting an assistant means for data, true of this server. Open to everybody, for people who are being asked."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, render_template

from blueprints.auth.access_control import public, signed_in
from blueprints.settings import bp
from blueprints.settings.privacy_sentences import About
from config import Settings
from models.accounts.account import Account
from models.accounts.member import Member
from models.scopes import SCOPES

open_to_all = Blueprint("privacy", __name__)


@open_to_all.get("/privacy/ai")
@public
def ai() -> str:
    """As it is for every account of this server."""
    return page(None)


@bp.get("/privacy")
@signed_in
def privacy() -> str:
    """The same, as it is for the account that somebody looks at."""
    member: Member | None = g.member
    return page(member.account if member else None)


def page(account: Account | None) -> str:
    settings: Settings = current_app.config["PROFILE"]
    return render_template(
        "settings/privacy.html",
        about=About(settings, account),
        account=account,
        scopes=scopes(),
        host=settings.host,
        policy=settings.privacy_policy_url,
        support=settings.support_email,
    )


def scopes() -> list[dict[str, Any]]:
    """What each scope opens, with the tools that there are for it."""
    tools = current_app.extensions["tools"].by_scope()
    return [
        {"name": scope.name, "opens": scope.opens, "tools": [tool.title for tool in tools.get(scope.name, [])]}
        for scope in SCOPES.values()
    ]
