"""The frame of every page: the main menu, the menu of the settings, person and account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, g, request, url_for
from flask_babel import LazyString, gettext, lazy_gettext
from flask_login import current_user

from config import Settings
from models.accounts import Member
from models.permissions import Permission

Places = tuple[tuple[LazyString, str, Permission | None], ...]
"""A label, an endpoint, and what a member must be allowed to do to open it; None is for every person who is signed in."""

SETTINGS = "/settings"
# What people use daily, including connected apps, so that they are one click away everywhere.
WORK: Places = (
    (lazy_gettext("Home"), "profiles.dashboard", Permission.SEE_PROFILES),
    (lazy_gettext("Profiles"), "profiles.profiles", Permission.SEE_PROFILES),
    (lazy_gettext("Invitations"), "invitations.invitations", Permission.EDIT_PROFILES),
    (lazy_gettext("Tags"), "profiles.tags", Permission.SEE_TAGS),
    (lazy_gettext("Reporting"), "reporting.reporting", Permission.SEE_PROFILES),
    (lazy_gettext("Connected apps"), "connections.connections", Permission.CONNECT_APPS),
)
PERSONAL: Places = (
    (lazy_gettext("Profile"), "settings.profile", None),
    (lazy_gettext("Sign-in and security"), "settings.sign_in", None),
    (lazy_gettext("Sessions"), "settings.sessions", None),
    (lazy_gettext("Connected apps"), "connections.connections", Permission.CONNECT_APPS),
    (lazy_gettext("Your data"), "settings.own", None),
)
OF_THE_ACCOUNT: Places = (
    (lazy_gettext("General"), "settings.account", Permission.SEE_ACCOUNT),
    (lazy_gettext("Members"), "settings.members", Permission.MANAGE_MEMBERS),
    (lazy_gettext("Apps in this account"), "connections.everyone", Permission.MANAGE_CONNECTIONS),
    (lazy_gettext("Policy for apps"), "connections.policy", Permission.MANAGE_CONNECTIONS),
    (lazy_gettext("API clients"), "settings.clients", Permission.MANAGE_CLIENTS),
    (lazy_gettext("Aliases"), "settings.aliases", Permission.SEE_ACCOUNT),
    (lazy_gettext("Debriefs"), "settings.debriefs", Permission.CHANGE_ACCOUNT),
    (lazy_gettext("Outbox"), "settings.outbox", Permission.EDIT_PROFILES),
    (lazy_gettext("Audit log"), "settings.audit", Permission.CONNECT_APPS),
    (lazy_gettext("Export and deletion"), "settings.data", Permission.MANAGE_DATA),
)


@dataclass
class Navigation:
    """What the base template needs: the person, the account and the navigation."""

    person: Any = None
    account: Any = None
    role: str | None = None
    items: list[dict[str, Any]] = field(default_factory=list)
    settings: list[dict[str, Any]] = field(default_factory=list)
    """The groups of the settings menu, on the pages of the settings."""
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
    groups = (
        [(gettext("You"), PERSONAL), (member.account.name, OF_THE_ACCOUNT)] if member else [(gettext("You"), PERSONAL)]
    )
    here = current_url(WORK + PERSONAL + OF_THE_ACCOUNT)
    items = entries(WORK, member, here)
    inside = request.path.startswith(f"{SETTINGS}/")
    # The settings are all pages of their menu, except those that the main menu has too.
    others = inside and not any(item["current"] for item in items)
    items.append({"label": gettext("Settings"), "url": url_for("settings.profile"), "current": others})
    return Navigation(
        person=current_user,
        account=member.account if member else None,
        role=member.role if member else None,
        items=items,
        settings=[{"label": label, "items": entries(places, member, here)} for label, places in groups if inside],
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


def current_url(places: Places) -> str:
    """The address of the place that this page belongs to: of those that its address begins with, the longest."""
    urls = [url_for(endpoint) for _, endpoint, _ in places]
    return max((url for url in urls if f"{request.path}/".startswith(f"{url}/")), key=len, default="")


def entries(places: Places, member: Member | None, here: str) -> list[dict[str, Any]]:
    found = [
        (label, url_for(endpoint))
        for label, endpoint, needed in places
        if needed is None or (member is not None and member.may(needed))
    ]
    return [{"label": label, "url": url, "current": url == here} for label, url in found]
