"""Who is signed in: the cookie holds a random token. The server stores its hash and can end the session at any time.

Before sign-in the cookie is only signed and holds what forms need; strangers get no row.
"""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask import Flask, Request, Response, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import refresh
from flask_login import LoginManager, current_user
from itsdangerous import BadSignature

from blueprints.auth import trusted_browser
from config import Settings, current_settings
from models.accounts import Member, User
from models.database import db, now, writing
from models.identity import LoginSession
from models.request_scope import current_scope

KEY = "signed_in"


class SignIn(LoginManager):
    """Flask-Login without its cookie that remembers people: it would look for that in every response."""

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


login = SignIn()
# Flask-Login's own protection compares IP address and browser; both change for assistants' pop-ups and on phones.
login.session_protection = None


class CookieSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; a request without one, as every app's call is, costs no signature."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        sent = "HTTP_COOKIE" in request.environ and self.get_cookie_name(app) in request.cookies
        if not sent:
            return self.session_class()
        return super().open_session(app, request) or self.signed_before(app, request) or self.session_class()

    def signed_before(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The session in a cookie from before the server's key changed; the answer signs it under the new one."""
        serializer, previous = self.get_signing_serializer(app), current_settings().secret_key_previous
        if not previous or serializer is None:
            return None
        serializer.secret_keys = [previous.encode()]
        max_age = int(app.permanent_session_lifetime.total_seconds())
        try:
            opened = self.session_class(serializer.loads(request.cookies[self.get_cookie_name(app)], max_age=max_age))
        except BadSignature:
            return None
        opened.modified = True
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        # An asset is the same for everyone: it sets no cookie and no `Vary: Cookie`, which would defeat caches.
        untouched = not session.accessed and not session.modified
        if request.endpoint != "static" and not untouched:
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
    """The person signed in with this browser; the cookie counts only while its session row is live."""
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
    # Their own language replaces that of the browser, which an earlier step may have looked up.
    refresh()
    return found.user


def acts_as(user_id: uuid.UUID) -> None:
    """Act as this person for the rest of the request."""
    scope = current_scope()
    scope.authenticated_as(replace(scope.actor, user_id=user_id))


def sign_in(user: User) -> LoginSession:
    """Start a new session in this browser and discard the old one (prevents session fixation)."""
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


def confirm(by_passkey: bool = False) -> None:
    """Note that the person just proved who they are. The session continues under a new token."""
    session[KEY] = g.login_session.prove(by_passkey)


def sign_out() -> None:
    """End this browser's session on the server, so that a copied cookie is worthless."""
    if current := g.get("login_session"):
        current.end()
    forget_browser()


def forget_browser() -> None:
    """Empty this browser's cookie: nobody is signed in with it any more."""
    session.clear()
    g.pop("_login_user", None)


def anonymous_for_request() -> None:
    """Treat this request as anonymous even if somebody is signed in: on this page a link identifies the person."""
    g._login_user = login.anonymous_user()


def note_seen(current: LoginSession) -> None:
    """Update the session's time of last use, at most once a minute."""
    if current.due_to_be_seen:
        identity = current.id
        with writing():
            db.session.execute(db.update(LoginSession).where(LoginSession.id == identity).values(seen_at=now()))
