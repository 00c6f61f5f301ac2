"""For Owners: every connection in the account, and the policy for all of them."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from flask_babel import format_decimal, lazy_gettext
from flask_babel import gettext as _
from wtforms import BooleanField, IntegerField, SelectMultipleField, TextAreaField
from wtforms.validators import Optional
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.auth.access_control import allowed, current_account_id, current_member
from blueprints.auth.reauthentication import recently_authenticated
from blueprints.connections import bp
from blueprints.connections.connections import names_for
from blueprints.connections.rehearsal import Tried, try_policy, trying
from blueprints.forms.alarms import PolicyAlarms
from blueprints.forms.connection_limits import AsksFirst, Tags, asks, asks_in_words, labels
from blueprints.forms.edit_conflict import EditForm
from blueprints.forms.handling import Answer, Saved, handle_edit, handle_form
from blueprints.forms.pagination import page_number, pages, searched
from models.alarms import Alarm
from models.approvals import Approval, answerable_by
from models.audit import begin
from models.connections import Connection, ConnectionPolicy, State, connections_page
from models.permissions import Permission
from models.scopes import SCOPES

ROWS = 50


@bp.get("/everyone")
@allowed(Permission.MANAGE_CONNECTIONS)
def everyone() -> str:
    """All connections, live ones first; searched by the names of apps and members."""
    search, page = searched(), page_number()
    rows, total = connections_page(current_account_id(), search, page, ROWS)
    states, last = [State.of(each) for each in rows], pages(total, ROWS)
    viewer, calls = current_member(), Approval.waiting_in(current_account_id())
    return render_template(
        "connections/everyone.html",
        states=states,
        search=search,
        total=total,
        names=names_for(states),
        alarmed={alarm.connection_id for alarm in Alarm.unseen_of(Connection.id.in_([row.id for row in rows]))},
        viewer=viewer,
        calls=calls,
        answerable=answerable_by(viewer, calls),
        policy=ConnectionPolicy.of(viewer.account_id),
        asks_in_words=lambda chosen: begin(asks_in_words(chosen)),
        shown=describe_rows((page - 1) * ROWS + 1, len(rows), total) if rows else "",
        previous=url_for(".everyone", search=search or None, page=page - 1) if page > 1 else None,
        next=url_for(".everyone", search=search or None, page=page + 1) if page < last else None,
    )


def describe_rows(first: int, rows: int, total: int) -> str:
    numbers = {"first": first, "last": first + rows - 1, "total": total}
    return str(_("Apps %(first)s to %(last)s of %(total)s", **{name: format_decimal(n) for name, n in numbers.items()}))


def scope_choices() -> dict[str, str]:
    return {scope.name: f"{_(scope.sentence)} ({scope.name})" for scope in SCOPES.values()}


class Scopes(SelectMultipleField):
    """A choice of scopes, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class PolicyForm(PolicyAlarms, EditForm):
    scopes = Scopes(
        lazy_gettext("Maximum access for apps"),
        choices=scope_choices,
        description=lazy_gettext("Members can allow an app less than this, but never more."),
    )
    registration = BooleanField(
        lazy_gettext("Allow apps that register themselves"),
        description=lazy_gettext(
            "The names of these apps are not verified. Claude Code and many others register themselves. An app that you paused or "
            "revoked can register again, and then counts as a new app. Clear this box to block such apps."
        ),
    )
    apps = TextAreaField(
        lazy_gettext("Allowed apps"),
        [Optional()],
        description=lazy_gettext(
            "One per line: an app's verified domain, such as claude.ai, or its client ID. Leave empty to allow any app."
        ),
    )
    second_factor = BooleanField(
        lazy_gettext("Require a second factor to connect an app"),
        description=lazy_gettext("Members without one are shown how to set it up."),
    )
    longest_days = IntegerField(
        lazy_gettext("Days until an app must be connected again"),
        [Optional()],
        description=lazy_gettext("This also applies to apps in use. Leave empty for this server's default."),
    )
    read_only = BooleanField(
        lazy_gettext("Read only"), description=lazy_gettext("No app can change or send anything in this account.")
    )
    hide_contact = BooleanField(
        lazy_gettext("Hide e-mail addresses and phone numbers from all apps"),
        description=lazy_gettext(
            "These fields are left out of every answer, and so are aliases that look like contact data. "
            "What somebody typed into a name, a tag or a debrief is still shown. "
            "Apps can invite new people, but nobody whose address is already in this account."
        ),
    )
    only_tags = Tags(
        lazy_gettext("Limit apps to profiles with these tags"),
        description=lazy_gettext(
            "With none selected, apps see all profiles. They cannot rename or delete these tags, or tags of other profiles."
        ),
    )
    ask_first = AsksFirst(
        lazy_gettext("Calls that a person must allow first"),
        choices=asks,
        description=lazy_gettext(
            "The member sees what the call would do and allows it on a page here. Members can add to this for their own apps."
        ),
    )
    owners_answer = BooleanField(
        lazy_gettext("Owners can answer for members"),
        description=lazy_gettext(
            "When an app asks first and its member is absent, an Owner can allow or deny the call."
        ),
    )
    daily_calls = IntegerField(
        lazy_gettext("Maximum calls per day and app"),
        [Optional()],
        description=lazy_gettext("Leave empty for no limit."),
    )

    def wanted(self) -> dict[str, Any]:
        """The policy as models take it."""
        named = (self.apps.data or "").split()
        return {
            "scopes": frozenset(self.scopes.data or []),
            "registration": self.registration.data,
            "apps": named or None,
            "second_factor": self.second_factor.data,
            "longest_days": self.longest_days.data,
            "read_only": self.read_only.data,
            "hide_contact": self.hide_contact.data,
            "only_tags": self.only_tags.data or None,
            "daily_calls": self.daily_calls.data,
            "ask_first": self.ask_first.data or None,
            "owners_answer": self.owners_answer.data,
        }


@bp.route("/policy", methods=["GET", "POST"])
@allowed(Permission.MANAGE_CONNECTIONS)
@recently_authenticated
def policy() -> Answer:
    account_id, tries = current_account_id(), trying()
    # Locked until the save, because the form is compared with it.
    present = (ConnectionPolicy.locked if request.method == "POST" and not tries else ConnectionPolicy.of)(account_id)
    shown = {"scopes": sorted(present.scopes or SCOPES), "apps": "\n".join(present.apps or [])}
    form = PolicyForm(data=columns(present) | shown | PolicyForm.shown(present.tripwires))
    form.only_tags.offer(labels(account_id), present.only_tags or ())

    def save() -> Saved:
        present.change(**form.wanted(), tripwires=form.chosen(present.tripwires))
        return Saved(_("Policy saved. It applies to every app from its next request."), url_for(".everyone"))

    def show(tried: Tried | None = None) -> str:
        return render_template("connections/policy.html", form=form, tried=tried)

    if tries:
        return handle_form(form, show, lambda: show(try_policy(current_member(), present, form.wanted())))
    return handle_edit(form, show, save)


def columns(present: ConnectionPolicy) -> dict[str, Any]:
    names = (
        "registration second_factor longest_days read_only hide_contact only_tags daily_calls ask_first owners_answer"
    )
    return {name: getattr(present, name) for name in names.split()}
