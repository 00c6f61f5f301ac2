"""Sign up: a new person with a new account."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext
from flask_login import current_user
from wtforms import EmailField, HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.accounts.set_up import SetUpForm
from blueprints.auth import sessions
from blueprints.auth.access_control import public, safe_next
from blueprints.forms.handling import Answer, Saved, handle_form
from blueprints.web.security_headers import keeps_opener
from config import current_settings
from models.accounts import may_sign_up
from models.accounts.password_rules import SHORTEST
from models.accounts.sign_up import sign_up
from models.database import db
from models.errors import NotAllowed

PASSWORD_HINT = lazy_gettext(
    "At least %(number)s characters. A few unrelated words are easy to remember.", number=SHORTEST
)
WELCOME = lazy_gettext("Welcome, %(person)s. %(account)s is ready.")


class SignUpForm(SetUpForm):
    name = StringField(lazy_gettext("Your name"), [InputRequired(lazy_gettext("Enter your name."))])
    email = EmailField(lazy_gettext("E-mail"), [InputRequired(lazy_gettext("Enter your e-mail address."))])
    password = PasswordField(
        lazy_gettext("Password"), [InputRequired(lazy_gettext("Choose a password."))], description=PASSWORD_HINT
    )
    account_name = StringField(
        lazy_gettext("Account name"),
        [InputRequired(lazy_gettext("Enter a name for the account."))],
        description=lazy_gettext("Usually your team or company. Other members will see it."),
    )
    next = HiddenField()


def policy() -> str:
    """The sign-up policy of this server."""
    return str(current_settings().sign_up)


@bp.route("/sign-up", methods=["GET", "POST"], endpoint="sign_up")
@public
@keeps_opener
def sign_up_page() -> Answer:
    if current_user.is_authenticated:
        return redirect(safe_next(request.args.get("next")) or url_for("web.home"))
    if not may_sign_up(policy(), request.values.get("token", "")):
        return by_invitation()
    given = request.args
    form = SignUpForm(token=given.get("token"), email=given.get("email"), next=safe_next(given.get("next")))
    form.without_needless_token()
    return handle_form(form, lambda: page(form), lambda: create_account(form))


def page(form: SignUpForm) -> str:
    return render_template("accounts/sign_up.html", form=form)


def create_account(form: SignUpForm) -> Saved | Answer:
    email = form.email.data or ""
    token = form.check_token(email, lambda: page(form))
    # End the transaction, so that hashing the password blocks nobody.
    db.session.rollback()
    try:
        owner = sign_up(
            policy(),
            email=email,
            name=form.name.data or "",
            password=form.password.data or "",
            account=form.account_name.data or "",
            token=token,
        )
    except NotAllowed:
        # Another request created this sign-in while the person filled in the form.
        db.session.rollback()
        return by_invitation()
    sessions.sign_in(owner.user)
    ready = str(WELCOME) % {"person": owner.user.name, "account": owner.account.name}
    return Saved(ready, safe_next(form.next.data) or url_for("settings.set_up"))


def by_invitation() -> tuple[str, int]:
    return render_template("accounts/by_invitation.html"), 403
