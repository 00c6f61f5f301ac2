"""The name of an account and the settings of its assessments. Every member sees them, Owners change them."""

from __future__ import annotations

from flask import render_template, url_for
from flask_babel import LazyString, format_decimal, lazy_gettext
from flask_babel import gettext as _
from wtforms import BooleanField, Field, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.auth.access_control import allowed, current_member
from blueprints.auth.reauthentication import ask_for_proof_of_form, entered, just_proven, sometimes_needs_proof
from blueprints.forms.edit_conflict import EditForm, hold_still
from blueprints.forms.handling import Answer, Saved, handle_edit
from blueprints.settings import bp
from models.accounts import LEAST_DAYS, MOST_DAYS, retention_rule
from models.instruments import ASSESSMENTS, title_of
from models.permissions import Permission
from models.text import languages

# Two reminders, if both fit into the seven days of a link.
REMINDERS = {
    0: lazy_gettext("No reminders"),
    1: lazy_gettext("After 1 and 2 days"),
    2: lazy_gettext("After 2 and 4 days"),
    3: lazy_gettext("After 3 and 6 days"),
} | {days: lazy_gettext("After %(days)s days", days=days) for days in (4, 5, 6)}


def titles() -> dict[str, str]:
    return {name: title_of(name) for name in ASSESSMENTS}


def reminders() -> dict[str, str]:
    return {str(days): str(words) for days, words in REMINDERS.items()}


class Checkboxes(SelectMultipleField):
    """A choice of a few values, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def at_least_one(_form: EditForm, field: Field) -> None:
    if not field.data:
        raise ValidationError(_("Choose at least one assessment."))


class Days(IntegerField):
    """A number of days; any other input gets the rule's own error message."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(retention_rule()) from None


class AccountForm(EditForm):
    name = StringField(lazy_gettext("Account name"), [InputRequired(lazy_gettext("Enter a name for the account."))])
    assessments = Checkboxes(
        lazy_gettext("Assessments"),
        [at_least_one],
        choices=titles,
        description=lazy_gettext("What people are invited to answer."),
    )
    reminder_days = SelectField(
        lazy_gettext("Reminders"),
        choices=reminders,
        coerce=int,
        description=lazy_gettext(
            "When people who have not answered get a reminder. A change applies to new invitations only."
        ),
    )
    results_seen_first = BooleanField(
        lazy_gettext("People see their result before others"),
        description=lazy_gettext(
            "The account gets a result when its person shares it, and otherwise 7 days after they finish. "
            "A change applies to people who start afterwards."
        ),
    )
    audit_retention_days = Days(
        lazy_gettext("Audit log retention (days)"),
        [Optional()],
        description=lazy_gettext(
            "From %(least)s to %(most)s. Older entries are removed once a day. Their seals are kept.",
            least=LEAST_DAYS,
            most=LazyString(format_decimal, MOST_DAYS),
        ),
    )
    language = SelectField(
        lazy_gettext("Language"),
        choices=languages,
        validate_choice=False,
        description=lazy_gettext("The language of invitations, unless you choose another one for somebody."),
    )
    eco_printing = BooleanField(lazy_gettext("Print reports without coloured areas"))
    core_extended = BooleanField(lazy_gettext("Show ten Core Values instead of five"))


@bp.get("/account")
@allowed(Permission.SEE_ACCOUNT)
def account() -> Answer:
    member = current_member()
    if member.may(Permission.CHANGE_ACCOUNT):
        return account_form()
    shown = {"titles": titles(), "reminders": REMINDERS, "languages": languages()}
    return render_template("settings/account.html", account=member.account, **shown)


@bp.post("/account")
@allowed(Permission.CHANGE_ACCOUNT)
@sometimes_needs_proof
def change_account() -> Answer:
    return account_form()


def account_form() -> Answer:
    account, given = hold_still(current_member().account), entered()
    form = AccountForm(given, obj=account)

    def save() -> Saved | Answer:
        # A shorter retention permanently deletes older audit log entries.
        if form.audit_retention_days.data not in {None, account.audit_retention_days} and not just_proven():
            return ask_for_proof_of_form()
        account.update(
            name=form.name.data,
            assessments=form.assessments.data or [],
            eco_printing=form.eco_printing.data,
            core_extended=form.core_extended.data,
            reminder_days=form.reminder_days.data,
            results_seen_first=form.results_seen_first.data,
            audit_retention_days=form.audit_retention_days.data,
            language=form.language.data,
        )
        return Saved(_("Account settings were saved."), url_for(".account"))

    return handle_edit(form, lambda: render_template("settings/account_form.html", form=form, unsaved=given), save)
