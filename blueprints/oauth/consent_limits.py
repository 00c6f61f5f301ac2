"""Limits on the consent page: current ones, those of a connection that expired, and those to choose from."""

from __future__ import annotations

from dataclasses import replace

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints.forms.connection_limits import LimitsForm, labels, limit_sentences
from models.accounts import Member
from models.clients import Client
from models.connections import Connection, ConnectionPolicy
from models.database import in_account
from models.oauth import Standing
from models.request_scope import NO_LIMITS


def describe_limits(policy: ConnectionPolicy, known: Connection | None) -> list[str]:
    """The current limits, before anything is chosen on the page, in sentences."""
    days = policy.longest_days
    asks_again = (
        [
            ngettext(
                "After %(num)s day you must connect it again.", "After %(num)s days you must connect it again.", days
            )
        ]
        if days
        else []
    )
    paused = [describe_pause(known)] if known and known.paused_at else []
    limits = (known.limits if known else NO_LIMITS).within(policy.limits)
    with in_account(policy.account_id):
        tags = labels(policy.account_id) if limits.only_tags else {}
    return [*paused, *limit_sentences(limits, tags), *asks_again]


def describe_pause(connection: Connection) -> str:
    """A pause stays when the app is connected again."""
    if connection.resumable_by(connection.member):
        return str(
            _("It is paused. Whatever you allow here, it has no access until you resume it under Connected apps.")
        )
    return str(_("It is paused. Whatever you allow here, it has no access until an Owner resumes it."))


def describe_kept_pause(member: Member, client: Client) -> str | None:
    """An Owner's pause stays when the app was revoked and is connected again."""
    held = Connection.held_by_owner(member, client)
    return describe_pause(held) if held else None


def describe_former_limits(over: Connection) -> list[str]:
    """The limits of a connection that expired, except for the end date, in sentences."""
    with in_account(over.account_id):
        tags = labels(over.account_id)
        sentences = [*limit_sentences(replace(over.limits, ends_at=None), tags)]
        if set(over.only_tags or []) - set(tags):
            sentences.append(
                _("A deleted tag cannot be chosen again. If you select no tag below, the app sees all profiles.")
            )
        return sentences


def offer_stricter_limits(standing: Standing, entered: LimitsForm) -> LimitsForm:
    """The form for an account in which a connection expired: its limits, or what was entered for another account if that is stricter.
    Tags belong to one account."""
    form = offer_limits(standing)
    for name in ("read_only", "hide_contact"):
        form[name].data = form[name].data or entered[name].data
    form.ask_first.data = sorted({*(form.ask_first.data or ()), *(entered.ask_first.data or ())})
    form.daily_calls.data = min(filter(None, (form.daily_calls.data, entered.daily_calls.data)), default=None)
    form.ends_on.data = entered.ends_on.data
    return form


def offer_limits(standing: Standing) -> LimitsForm:
    """The form with limits for a new connection. Those of an expired one are filled in, so that none is lost unnoticed."""
    return LimitsForm.within(standing.member.account_id, formdata=None, obj=standing.over)
