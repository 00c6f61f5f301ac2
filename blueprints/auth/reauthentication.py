"""Pages that matter most open only for somebody who has just proved who they are. Whoever has not is asked, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import current_app, flash, g, redirect, request, url_for
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from models.errors import Invalid

View = TypeVar("View", bound=Callable[..., Any])

RECENT = timedelta(minutes=10)
# A page opens only while at least half of the time is left: its form can then be filled in and is not lost.
TO_OPEN = RECENT / 2
# Marks the address of a form as one that has what was entered in it; servers take addresses of some 4,000 characters.
ENTERED = "entered"
KEPT = 3_600
"""Seconds for which what was entered can still be filled in again."""
LONGEST_ADDRESS = 3_900


def recently_authenticated(view: View) -> View:
    """Only somebody who proved in the last ten minutes who they are may open this page; goes under `allowed` or `signed_in`."""
    view.wants_recent_proof = True  # type: ignore[attr-defined]
    return view


def wants_recent_proof(view: Callable[..., Any]) -> bool:
    """Whether a view says so."""
    return getattr(view, "wants_recent_proof", False)


def ask_for_proof(view: Callable[..., Any]) -> Response | None:
    """The way to the page that asks who is there, where this view wants to know it; None when it is known."""
    reading = request.method in {"GET", "HEAD"}
    if not wants_recent_proof(view) or g.login_session.proven_within(TO_OPEN if reading else RECENT):
        return None
    if not reading:
        flash(
            "Nothing was changed. It is more than ten minutes since you confirmed it's you. Confirm it, then try again.",
            "danger",
        )
    return redirect(url_for("accounts.confirm", next=way_back()))


def just_proven() -> bool:
    """Whether it was proven in the last ten minutes who is here; for what only some answers of a form need."""
    return bool(g.login_session.proven_within(RECENT))


def ask_for_proof_of_form() -> Response:
    """The way to the page that asks who is there, and back to this form with what was entered in it; raises `Invalid` for too much."""
    entered = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    asking = url_for("accounts.confirm", next=f"{request.path}?{urlencode({ENTERED: signer().dumps(entered)})}")
    if len(asking) > LONGEST_ADDRESS:
        confirm = url_for("accounts.confirm", _external=True)
        raise Invalid("proof", f"Confirm it's you at {confirm} in another window, then save here again.")
    flash("Nothing was saved yet. Confirm it's you, then save. Your entries are kept.")
    return redirect(asking)


def entered() -> MultiDict[str, str] | None:
    """What is entered in this form, now or before it was asked who is there; None when the page is opened as usual."""
    if request.method == "POST":
        return request.form
    if ENTERED not in request.args:
        return None
    try:
        return MultiDict(map(tuple, signer().loads(request.args[ENTERED], max_age=KEPT)))
    except BadSignature:
        return None


def signer() -> URLSafeTimedSerializer:
    """Signs what this person entered here, in this account: anybody can make a link, and what it fills in would be saved as theirs."""
    account_id = g.member.account_id if g.member else ""
    salt = f"{ENTERED} {g.login_session.id} {account_id} {request.path}"
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=salt)


def way_back() -> str:
    """The page to come back to: this one or, where it only takes forms, the one with the form."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.rstrip("?")
    if opens(request.path):
        return request.path
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host and opens(came_from.path) else "/"


def opens(path: str) -> bool:
    """Whether there is a page to look at by this address."""
    try:
        current_app.url_map.bind(request.host).match(path, method="GET")
    except (NotFound, MethodNotAllowed):
        return False
    return True
