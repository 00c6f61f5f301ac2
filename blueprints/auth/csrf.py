"""The CSRF token of every form. It also names the account that the page was drawn for, so that no form can be without it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, g, request
from flask_wtf import CSRFProtect
from flask_wtf.csrf import generate_csrf
from wtforms import ValidationError
from wtforms.csrf.core import CSRF

# In no token of Flask-WTF, and in no id.
SEPARATOR = "~"


def page_token() -> str:
    """What a form carries: that it came from us in this browser and, unsigned since it opens nothing, for which account it was shown."""
    member = g.get("member")
    return f"{generate_csrf()}{SEPARATOR}{member.account_id if member else ''}"


def account_of_page() -> UUID | None:
    """The account for which the form was shown that was sent; None where it names none."""
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

    def _get_csrf_token(self) -> str | None:
        sent: str | None = super()._get_csrf_token()
        return sent and sent.partition(SEPARATOR)[0]


class FormToken(CSRF):
    """The same token, as a field of forms."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:  # noqa: ARG002
        return page_token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:  # noqa: ARG002
        # Looked at before any view is called.
        if not g.get("csrf_valid"):
            raise ValidationError("Reload the page and send the form again.")
