"""The CSRF token of every form. It also names the account that the page was shown for, so that no form can leave that out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Flask, g, request
from flask_babel import gettext as _
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import ValidationError
from wtforms.csrf.core import CSRF

from config import current_settings
from models.secrets import derivations, same

# Occurs neither in tokens of Flask-WTF nor in ids.
SEPARATOR = "~"


def page_token() -> str:
    """The token for the forms of this page. The account in it is not signed, because it gives no access."""
    member = g.get("member")
    return f"{next(link_tokens(), None) or generate_csrf()}{SEPARATOR}{member.account_id if member else ''}"


def link_tokens() -> Iterator[str]:
    """The token for the forms of a person who answers by a link, under each of the server's keys that counts; nothing on other pages.

    It comes from the link, not from the browser's session: that one changes when somebody signs in or out in another
    window, or the browser forgets its cookies, and the answers of an open page would be refused.
    """
    secret = (request.view_args or {}).get("secret") if request.blueprint == "assessments" else None
    return (each.hex() for each in derivations("form of a link", secret)) if secret else iter(())


def account_of_page() -> UUID | None:
    """The account that the submitted form was shown for; None if it names none."""
    try:
        return UUID(request.form.get("csrf_token", "").partition(SEPARATOR)[2])
    except ValueError:
        return None


class CSRFProtection(CSRFProtect):
    """Flask-WTF's protection, with an account in the token."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = page_token
        app.context_processor(lambda: {"csrf_token": page_token})

    def protect(self, apply_exemptions: bool = False) -> None:
        """The token of a link is all that its forms need, and the session stays as it is.

        Another site's form comes without cookies. The session cookie of the answer would sign out a person who is signed in.
        """
        meant = list(link_tokens())
        if not meant or request.method in {"GET", "HEAD", "OPTIONS"}:
            super().protect(apply_exemptions)
        elif any(same(self._get_csrf_token() or "", each) for each in meant):
            g.csrf_valid = True
        else:
            self._error_response("The token is not that of the link.")

    def _get_csrf_token(self) -> str | None:
        sent: str | None = super()._get_csrf_token()
        token = sent and sent.partition(SEPARATOR)[0]
        return generate_csrf() if token and signed_before(token) else token


def signed_before(token: str) -> bool:
    """Whether this is the session's token on a page that was opened before the server's key changed."""
    previous = current_settings().secret_key_previous
    if not previous:
        return False
    try:
        validate_csrf(token, secret_key=previous)
    except ValidationError:
        return False
    return True


class FormToken(CSRF):
    """The same token, as a field of forms."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002
        return page_token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:  # noqa: ARG002
        # CSRFProtection has checked the token before it calls the view.
        if not g.get("csrf_valid"):
            raise ValidationError(_("Reload the page and send the form again."))
