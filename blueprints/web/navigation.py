"""The frame of every page: navigation, person and account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import LazyString, lazy_gettext
from flask_login import current_user

from config import Settings
from models.accounts import Member
from models.permissions import Permission

Places = tuple[tuple[LazyString, str, Permission], ...]

# What people use daily, including connected apps, so that they are one click away everywhere.
WORK: Places = (
    (lazy_gettext("Home"), "profiles.dashboard", Permission.SEE_PROFILES),
    (lazy_gettext("Profiles"), "profiles.profiles", Permission.SEE_PROFILES),
    (lazy_gettext("Invitations"), "invitations.invitations", Permission.EDIT_PROFILES),
    (lazy_gettext("Tags"), "profiles.tags", Permission.SEE_TAGS),
    (lazy_gettext("Reporting"), "reporting.reporting", Permission.SEE_PROFILES),
    (lazy_gettext("Connected apps"), "connections.connections", Permission.CONNECT_APPS),
    (lazy_gettext("Audit log"), "settings.audit", Permission.CONNECT_APPS),
)
OF_THE_ACCOUNT: Places = (
    (lazy_gettext("Account settings"), "settings.account", Permission.SEE_ACCOUNT),
    (lazy_gettext("Members"), "settings.members", Permission.MANAGE_MEMBERS),
    (lazy_gettext("Apps in this account"), "connections.everyone", Permission.MANAGE_CONNECTIONS),
    (lazy_gettext("API clients"), "settings.clients", Permission.MANAGE_CLIENTS),
    (lazy_gettext("Aliases"), "settings.aliases", Permission.SEE_ACCOUNT),
    (lazy_gettext("Outbox"), "settings.outbox", Permission.EDIT_PROFILES),
)
PERSONAL = (
    (lazy_gettext("Your profile"), "settings.profile"),
    (lazy_gettext("Sign-in settings"), "settings.sign_in"),
    # The AI data handling page says that they are in this menu, too.
    (lazy_gettext("Connected apps"), "connections.connections"),
)


@dataclass
class Navigation:
    """What the base template needs: the person, the account and the navigation."""

    person: Any = None
    account: Any = None
    role: str | None = None
    items: list[dict[str, Any]] = field(default_factory=list)
    of_the_account: list[dict[str, Any]] = field(default_factory=list)
    personal: list[dict[str, Any]] = field(default_factory=list)
    accounts: list[dict[str, Any]] = field(default_factory=list)
    footer: list[dict[str, Any]] = field(default_factory=list)
    sign_out_url: str = ""
    switch_url: str = ""


def init_app(app: Flask, settings: Settings) -> None:
    footer = [{"label": lazy_gettext("AI data handling"), "url": "/privacy/ai"}]
    if settings.privacy_policy_url:
        footer.append({"label": lazy_gettext("Privacy policy"), "url": settings.privacy_policy_url})
    if settings.support_email:
        footer.append({"label": lazy_gettext("Support"), "url": f"mailto:{settings.support_email}"})

    @app.context_processor
    def provide() -> dict[str, Any]:
        return {"nav": navigation(footer)}


def navigation(footer: list[dict[str, Any]]) -> Navigation:
    member: Member | None = g.get("member")
    if not (g.get("login_session") and current_user.is_authenticated):
        return Navigation(footer=footer)
    return Navigation(
        person=current_user,
        account=member.account if member else None,
        role=member.role if member else None,
        items=entries(WORK, member),
        of_the_account=entries(OF_THE_ACCOUNT, member),
        personal=[entry(label, endpoint) for label, endpoint in PERSONAL],
        accounts=[
            {
                "id": m.account_id,
                "name": m.account.name,
                "current": member is not None and m.account_id == member.account_id,
            }
            for m in Member.all_of(current_user.id)
        ],
        footer=footer,
        sign_out_url=url_for("accounts.sign_out"),
        switch_url=url_for("accounts.switch"),
    )


def entries(places: Places, member: Member | None) -> list[dict[str, Any]]:
    return [entry(label, endpoint) for label, endpoint, needed in places if member and member.may(needed)]


def entry(label: LazyString, endpoint: str) -> dict[str, Any]:
    url = url_for(endpoint)
    return {"label": label, "url": url, "current": request.path == url or request.path.startswith(url + "/")}
