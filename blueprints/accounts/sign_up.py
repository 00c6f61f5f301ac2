"""Sign up: a new person with a new account."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import InputRequired

from blueprints.accounts import bp
from blueprints.auth import sessions
from blueprints.auth.access_control import public
from blueprints.forms.base import Form
from config import current_settings
from models.accounts import may_sign_up
from models.accounts.password_rules import SHORTEST
from models.accounts.sign_up import sign_up
from models.database import db
from models.errors import Invalid, NotAllowed

PASSWORD_HINT = f"At least {SHORTEST} characters. A few unrelated words are easy to remember."


class SignUpForm(Form):
    name = StringField("Your name", [InputRequired("Enter your name.")])
    email = EmailField("E-mail", [InputRequired("Enter your e-mail address.")])
    password = PasswordField("Password", [InputRequired("Choose a password.")], description=PASSWORD_HINT)
    account_name = StringField(
        "Account name",
        [InputRequired("Enter a name for the account.")],
        description="Usually your team or company. Other members will see it.",
    )


def policy() -> str:
    """The sign-up policy of this server."""
    return str(current_settings().sign_up)


@bp.route("/sign-up", methods=["GET", "POST"], endpoint="sign_up")
@public
def sign_up_page() -> str | Response | tuple[str, int]:
    if current_user.is_authenticated:
        return redirect(url_for("web.home"))
    if not may_sign_up(policy()):
        return by_invitation()
    form = SignUpForm()
    if request.method != "POST":
        return render_template("accounts/sign_up.html", form=form)
    try:
        if form.validate():
            return create_account(form)
    except NotAllowed:
        # Another request created this sign-in while the person filled in the form.
        db.session.rollback()
        return by_invitation()
    except Invalid as problem:
        db.session.rollback()
        form.refuse(problem)
    return render_template("accounts/sign_up.html", form=form), 400


def create_account(form: SignUpForm) -> Response:
    # End the transaction, so that hashing the password blocks nobody.
    db.session.rollback()
    owner = sign_up(
        policy(),
        email=form.email.data or "",
        name=form.name.data or "",
        password=form.password.data or "",
        account=form.account_name.data or "",
    )
    sessions.sign_in(owner.user)
    flash(f"Welcome, {owner.user.name}. {owner.account.name} is ready.", "good")
    db.session.commit()
    return redirect(url_for("web.home"))


def by_invitation() -> tuple[str, int]:
    return render_template("accounts/by_invitation.html"), 403
