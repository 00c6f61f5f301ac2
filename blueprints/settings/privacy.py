"""AI data handling on this server: what connecting an assistant means for data. Public, for people who are asked to answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, g, render_template
from flask_babel import gettext as _

from blueprints.auth.access_control import public, signed_in
from blueprints.settings import bp
from config import current_settings
from models.accounts import LEAST_DAYS, MOST_DAYS, USUAL_DAYS, Account, Member
from models.accounts.data_export import KEPT as EXPORTS_KEPT
from models.connections.networks import KEPT as NETWORKS_KEPT
from models.connections.networks import MOST as NETWORKS
from models.mail.message import REMEMBERED as MAIL_KEPT
from models.privacy.account_deletion import GRACE
from models.scopes import SCOPES

open_to_all = Blueprint("privacy", __name__)


@open_to_all.get("/privacy/ai")
@public
def ai() -> str:
    """The page for the whole server."""
    return page(None)


@bp.get("/privacy")
@signed_in
def privacy() -> str:
    """The same page for the current account."""
    member: Member | None = g.member
    return page(member.account if member else None)


def page(account: Account | None) -> str:
    settings = current_settings()
    return render_template(
        "settings/privacy.html",
        settings=settings,
        account=account,
        scopes=scopes(),
        recipient=settings.debrief_recipient,
        mail_server=settings.mail_server,
        networks=NETWORKS,
        days={"least": LEAST_DAYS, "usual": USUAL_DAYS, "most": MOST_DAYS},
        kept={"networks": NETWORKS_KEPT, "mail": MAIL_KEPT, "exports": EXPORTS_KEPT, "deletion": GRACE},
    )


def scopes() -> list[dict[str, Any]]:
    """What each scope allows, with its tools."""
    tools = current_app.extensions["tools"].by_scope()
    return [
        {"name": scope.name, "opens": _(scope.opens), "tools": [_(tool.title) for tool in tools.get(scope.name, [])]}
        for scope in SCOPES.values()
    ]
