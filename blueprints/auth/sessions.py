"""Who is signed in: the cookie carries a random name, the server keeps what it stands for, hashed, and can end it at any time.

Before sign-in the cookie is only signed and holds what forms need; no row is written for strangers.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, current_user

from blueprints.auth import trusted_browser
from config import Settings, current_settings
from models.accounts import Member, User
from models.database import db, now, writing
from models.identity import LoginSession
from models.request_scope import current_scope

KEY = "signed_in"
login = LoginManager()
# Flask-Login's own guard compares address and browser; assistants' pop-ups and phones change both.
login.session_protection = None


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; whoever sends none costs no signature, which is every assistant at every call."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        sent = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if sent else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        # An asset is the same for everybody: no cookie with it, and no `Vary: Cookie`, by which caches would miss it.
        if request.endpoint != "static":
            super().save_session(app, session, response)


def init_app(app: Flask, settings: Settings) -> None:
    app.session_interface = CookieSessions()
    app.config.update(
        # Browsers accept a __Host- cookie only over https, from this very host, for every path.
        SESSION_COOKIE_NAME="__Host-profile" if settings.https else "profile",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
    )
    login.init_app(app)


@login.request_loader
def person_of(_request: Request) -> User | None:
    """The person whose browser this is; what the cookie says counts only while the row behind it is live."""
    secret = session.get(KEY)
    if not isinstance(secret, str):
        return None
    settings = current_settings()
    found = LoginSession.by_secret(secret, settings.session_lifetime)
    if found is None:
        session.pop(KEY, None)
        return None
    g.login_session = found
    acts_as(found.user_id)
    return found.user


def acts_as(user_id: uuid.UUID) -> None:
    """From here on in this request, this person is who acts."""
    scope = current_scope()
    scope.authenticated_as(replace(scope.actor, user_id=user_id))


def sign_in(user: User) -> LoginSession:
    """Start a new session in this browser; whatever it carried before is forgotten (no session fixation)."""
    if current_user.is_authenticated:
        g.login_session.end()
    memberships = Member.all_of(user.id)
    where = current_scope().actor
    login_session, secret = LoginSession.start(
        user, memberships[0].account_id if memberships else None, where.address, where.user_agent
    )
    session.clear()
    session[KEY] = secret
    trusted_browser.remember(user)
    g.login_session = login_session
    g.pop("_login_user", None)
    acts_as(user.id)
    return login_session


def confirm() -> None:
    """Note that the person in this browser has just proved who they are. The session goes on, under a new name."""
    session[KEY] = g.login_session.prove()


def sign_out() -> None:
    """End this browser's session on the server, so that a copy of the cookie is worth nothing."""
    if current := g.get("login_session"):
        current.end()
    session.clear()
    g.pop("_login_user", None)


def anonymous_for_request() -> None:
    """In this request nobody is signed in, whoever is in this browser: for pages where a link says who somebody is."""
    g._login_user = login.anonymous_user()


def note_seen(current: LoginSession) -> None:
    """Move the session's moment of last use, once a minute at most."""
    if current.due_to_be_seen:
        identity = current.id
        with writing():
            db.session.execute(db.update(LoginSession).where(LoginSession.id == identity).values(seen_at=now()))
