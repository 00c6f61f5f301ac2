"""The frame of every page: the main menu, the menu of the settings, person and account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import Flask, g, request, url_for
from flask_login import current_user

from config import Settings
from models.accounts import Member
from models.permissions import Permission

Places = tuple[tuple[str, str, Permission | None], ...]
"""A label, an endpoint, and what a member must be allowed to do to open it; None is for every person who is signed in."""

SETTINGS = "/settings"
# What people use daily, including connected apps, so that they are one click away everywhere.
WORK: Places = (
    ("Home", "profiles.dashboard", Permission.SEE_PROFILES),
    ("Profiles", "profiles.profiles", Permission.SEE_PROFILES),
    ("Invitations", "invitations.invitations", Permission.EDIT_PROFILES),
    ("Tags", "profiles.tags", Permission.SEE_TAGS),
    ("Reporting", "reporting.reporting", Permission.SEE_PROFILES),
    ("Connected apps", "connections.connections", Permission.CONNECT_APPS),
)
PERSONAL: Places = (
    ("Profile", "settings.profile", None),
    ("Sign-in and security", "settings.sign_in", None),
    ("Sessions", "settings.sessions", None),
    ("Connected apps", "connections.connections", Permission.CONNECT_APPS),
    ("Your data", "settings.own", None),
)
OF_THE_ACCOUNT: Places = (
    ("General", "settings.account", Permission.SEE_ACCOUNT),
    ("Members", "settings.members", Permission.MANAGE_MEMBERS),
    ("Apps in this account", "connections.everyone", Permission.MANAGE_CONNECTIONS),
    ("Policy for apps", "connections.policy", Permission.MANAGE_CONNECTIONS),
    ("API clients", "settings.clients", Permission.MANAGE_CLIENTS),
    ("Aliases", "settings.aliases", Permission.SEE_ACCOUNT),
    ("Debriefs", "settings.debriefs", Permission.CHANGE_ACCOUNT),
    ("Outbox", "settings.outbox", Permission.EDIT_PROFILES),
    ("Audit log", "settings.audit", Permission.CONNECT_APPS),
    ("Export and deletion", "settings.data", Permission.MANAGE_DATA),
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
    footer: list[dict[str, str]] = field(default_factory=list)
    sign_out_url: str = ""
    switch_url: str = ""


def init_app(app: Flask, settings: Settings) -> None:
    footer = [{"label": "AI data handling", "url": "/privacy/ai"}]
    if settings.privacy_policy_url:
        footer.append({"label": "Privacy policy", "url": settings.privacy_policy_url})
    if settings.support_email:
        footer.append({"label": "Support", "url": f"mailto:{settings.support_email}"})

    @app.context_processor
    def provide() -> dict[str, Any]:
        return {"nav": navigation(footer)}


def navigation(footer: list[dict[str, str]]) -> Navigation:
    member: Member | None = g.get("member")
    if not (g.get("login_session") and current_user.is_authenticated):
        return Navigation(footer=footer)
    groups = [("You", PERSONAL), (member.account.name, OF_THE_ACCOUNT)] if member else [("You", PERSONAL)]
    here = current_url(WORK + PERSONAL + OF_THE_ACCOUNT)
    items = entries(WORK, member, here)
    inside = request.path.startswith(f"{SETTINGS}/")
    # The settings are all pages of their menu, except those that the main menu has too.
    others = inside and not any(item["current"] for item in items)
    items.append({"label": "Settings", "url": url_for("settings.profile"), "current": others})
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
