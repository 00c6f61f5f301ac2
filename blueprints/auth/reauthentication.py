"""Sensitive pages open only for people who just proved who they are. Others are asked to, and then return."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import current_app, flash, g, redirect, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import MethodNotAllowed, NotFound
from werkzeug.wrappers import Response

from blueprints.auth import sessions, webauthn
from config import current_settings
from models.database import db
from models.errors import Invalid

View = TypeVar("View", bound=Callable[..., Any])

RECENT = timedelta(minutes=10)
# A page opens only while at least half of the time is left, so that there is time to fill in and submit its form.
TO_OPEN = RECENT / 2
# Query parameter with the values that were entered in the form; servers accept addresses of about 4,000 characters.
ENTERED = "entered"
# Query parameter of the page that asks for proof: a passkey alone will do.
PASSKEY = "passkey"
KEPT = 3_600
"""Seconds for which the entered values can be restored."""
LONGEST_ADDRESS = 3_900


def recently_authenticated(view: View) -> View:
    """Only people who proved who they are in the last ten minutes may open this page; goes under `allowed` or `signed_in`."""
    view.wants_recent_proof = True  # type: ignore[attr-defined]
    return view


def sometimes_needs_proof(view: View) -> View:
    """Only some of what this page does needs proof, and the view asks for it then (`just_proven`); goes under `allowed` or `signed_in`."""
    view.sometimes_needs_proof = True  # type: ignore[attr-defined]
    return view


def wants_recent_proof(view: Callable[..., Any]) -> bool:
    """Whether the view is marked so."""
    return getattr(view, "wants_recent_proof", False)


def ask_for_proof(view: Callable[..., Any]) -> Response | None:
    """Redirect to the page that asks for proof if this view needs it; None if not."""
    reading = request.method in {"GET", "HEAD"}
    if not wants_recent_proof(view) or g.login_session.proven_within(TO_OPEN if reading else RECENT):
        return None
    if not reading:
        flash(
            _(
                "Nothing was changed. It is more than ten minutes since you confirmed it's you. Confirm it, then try again."
            ),
            "danger",
        )
    return redirect(url_for("accounts.confirm", next=way_back()))


def end_session(asked_for: str) -> Response:
    """Commit, and sign out a browser whose attempts at the password are used up; after signing in, the person goes on to this page."""
    sessions.sign_out()
    db.session.commit()
    flash(_("Too many incorrect attempts, so you were signed out. Sign in to continue."), "danger")
    return redirect(url_for("accounts.sign_in", next=asked_for))


def just_proven() -> bool:
    """Whether the person proved who they are in the last ten minutes; for forms in which only some answers need it."""
    return bool(g.login_session.proven_within(RECENT))


def proven_by_passkey() -> bool:
    """Whether the person used a passkey in the last ten minutes, or has none that works here."""
    has_none = not g.login_session.user.passkeys or webauthn.party() is None
    return has_none or bool(g.login_session.passkey_within(RECENT))


def ask_for_proof_of_form() -> Response:
    """Redirect to the page that asks for proof, and from there back to the filled-in form; raises `Invalid` if that is too long."""
    entered = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    back = f"{request.path}?{urlencode({ENTERED: signer().dumps(entered)})}"
    return ask_for_proof_at(back, _("Nothing was saved yet. Confirm it's you, then save. Your entries are kept."))


def ask_for_proof_at(back: str, said: str = "", by_passkey: bool = False) -> Response:
    """Redirect to the page that asks for proof, and from there to this address; raises `Invalid` if that is too long."""
    asked: dict[str, Any] = {PASSKEY: "1"} if by_passkey else {}
    asking = url_for("accounts.confirm", next=back, **asked)
    if len(asking) > LONGEST_ADDRESS:
        confirm = url_for("accounts.confirm", _external=True)
        said = _("Confirm it's you at %(address)s in another window, then submit this form again.", address=confirm)
        raise Invalid("proof", said)
    if said:
        flash(said)
    return redirect(asking)


def entered() -> MultiDict[str, str] | None:
    """The values entered in this form, now or before the person was asked for proof; None if the page was opened as usual."""
    if request.method == "POST":
        return request.form
    if ENTERED not in request.args:
        return None
    try:
        return MultiDict(map(tuple, signer().loads(request.args[ENTERED], max_age=KEPT)))
    except BadSignature:
        return None


def signer() -> URLSafeTimedSerializer:
    """Sign the values for this person, account and address; otherwise a forged link could fill in a form that is then saved as theirs."""
    account_id = g.member.account_id if g.member else ""
    salt = f"{ENTERED} {g.login_session.id} {account_id} {request.path}"
    settings = current_settings()
    # The newest is the last.
    return URLSafeTimedSerializer([*filter(None, [settings.secret_key_previous]), settings.secret_key], salt=salt)


def way_back() -> str:
    """The page to return to: this one or, if it only accepts forms, the page with the form."""
    if request.method in {"GET", "HEAD"}:
        return request.full_path.rstrip("?")
    if opens(request.path):
        return request.path
    came_from = urlsplit(request.referrer or "")
    return came_from.path if came_from.netloc == request.host and opens(came_from.path) else "/"


def opens(path: str) -> bool:
    """Whether a page can be opened at this address."""
    try:
        current_app.url_map.bind(request.host).match(path, method="GET")
    except (NotFound, MethodNotAllowed):
        return False
    return True
