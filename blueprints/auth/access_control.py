"""Who may open a page. Each route declares it with one of these decorators; a route without one opens for nobody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import NotFound as PageNotFound
from werkzeug.wrappers import Response

from blueprints.auth.csrf import account_of_page
from blueprints.auth.language import learn_language
from blueprints.auth.reauthentication import ask_for_proof
from blueprints.auth.sessions import note_seen
from blueprints.auth.time_zone import learn_time_zone
from config import Settings
from models.accounts import Member
from models.database import enter_account
from models.identity import LoginSession
from models.permissions import Permission
from models.request_scope import current_scope

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = "public"
MACHINE = "machine"
SIGNED_IN = "signed in"


def public(view: View) -> View:
    """Everyone may open this page."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def machine(view: View) -> View:
    """An entry point for programs: it authenticates its callers itself and ignores the browser session."""
    view.access = MACHINE  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Everyone who is signed in may open this page, with or without an account."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def allowed(permission: Permission) -> Callable[[View], View]:
    """Members whose role allows this may open the page, in the current account."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def names_account(view: View) -> View:
    """The form names its account in a field of its own, so it may differ from the current one; goes under `allowed`."""
    view.names_account = True  # type: ignore[attr-defined]
    return view


def comes_back_by(way_back: Callable[[], str]) -> Callable[[View], View]:
    """After signing in, or setting up a second factor, return to this address instead of the page's own."""

    def mark(view: View) -> View:
        view.way_back = way_back  # type: ignore[attr-defined]
        return view

    return mark


def way_back_to(view: Callable[..., Any]) -> str:
    way_back: Callable[[], str] = getattr(view, "way_back", current_path)
    return way_back()


def access_of(view: Callable[..., Any]) -> str | None:
    """The access rule of a view."""
    return getattr(view, "access", None)


def init_app(app: Flask, settings: Settings) -> None:
    @app.before_request
    def enforce() -> Response | None:
        if request.endpoint is None:
            return None
        view = current_app.view_functions[request.endpoint]
        wanted = access_of(view)
        if wanted == MACHINE:
            return None
        # Under another host name the page would have other cookies and, under DNS rebinding, another site's scripts.
        if request.headers.get("Host", "").lower() not in settings.hosts:
            abort(421)
        if wanted == PUBLIC:
            return None
        if not current_user.is_authenticated:
            return redirect(url_for("accounts.sign_in", next=way_back_to(view)))
        note_seen(g.login_session)
        learn_time_zone(g.login_session.user)
        learn_language(g.login_session.user)
        choose_member()
        if wanted == SIGNED_IN:
            return ask_for_proof(view)
        check_account(view)
        return ask_for_membership(view, wanted) or ask_for_proof(view)


class OtherAccount(Exception):
    """The submitted form was shown for another account than the current one."""

    def __init__(self, account_id: uuid.UUID) -> None:
        super().__init__("The page was for another account.")
        self.account_id = account_id


def check_account(view: Callable[..., Any]) -> None:
    """Raise unless the submitted form was shown for the current account. Views that are about a person alone are `signed_in`."""
    if request.method in {"GET", "HEAD"} or g.member is None or getattr(view, "names_account", False):
        return
    shown = account_of_page()
    if shown is None:
        raise CSRFError("The form names no account.")
    if shown != g.member.account_id:
        raise OtherAccount(shown)


def ask_for_membership(view: Callable[..., Any], wanted: str | None) -> Response | None:
    """Refuse a person who may not open this as a member of the current account, and send them where they can resolve it."""
    if not isinstance(wanted, Permission):
        abort(403)
    if g.member is None:
        return redirect(url_for("accounts.no_account"))
    if not g.member.may(wanted):
        if g.member.account.locked:
            return redirect(url_for("settings.locked"))
        abort(403)
    if g.member.lacks_second_factor:
        return redirect(url_for("settings.sign_in", next=way_back_to(view)))
    return None


def current_path() -> str:
    """This page's path and query, to return to after sign-in."""
    return request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else "/"


def choose_member() -> None:
    """Find the membership in this browser's current account, or in another account if that one has ended."""
    login_session: LoginSession = g.login_session
    member = Member.of(login_session.user_id, login_session.account_id) if login_session.account_id else None
    if member is None:
        member = next(iter(Member.all_of(login_session.user_id)), None)
    act_as(member)


def act_as(member: Member | None) -> None:
    """Act as this membership, in its account, for the rest of the request."""
    g.member = member
    if member is not None:
        enter_account(member.account_id)
        scope = current_scope()
        scope.authenticated_as(replace(scope.actor, member_id=member.id))
        scope.limit_to(member.limits)


def current_member() -> Member:
    """The membership that opened this page; only for routes marked with `allowed`."""
    member: Member | None = g.get("member")
    if member is None:
        raise PageNotFound
    return member


def current_account_id() -> uuid.UUID:
    """The account that this page is about."""
    return current_member().account_id


def safe_next(target: str | None) -> str | None:
    """The address to continue to if it is one of our own pages; any other would be an open redirect."""
    if not target or not target.startswith("/") or target[1:2] in {"/", "\\"}:
        return None
    return target if all(c.isprintable() and c != "\\" for c in target) and len(target) < 4_000 else None
