"""A person's decision on the consent page, read from its form in one place."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask_login import current_user
from werkzeug.datastructures import MultiDict

from blueprints.forms.connection_limits import LimitsForm
from blueprints.oauth.consent_errors import INCOMPLETE, NOT_HERE, CannotAnswer
from blueprints.oauth.consent_limits import offer_limits
from models.accounts import Member
from models.clients import Client
from models.connections import Connection
from models.oauth import ConsentRequest, member_for

ALLOW, DENY = "allow", "deny"


@dataclass(frozen=True)
class Decision:
    """An answer to one authorization request. Whether any of it is allowed has not been checked yet."""

    answer: str | None
    """Allow or deny; None if only another account was chosen, for which the page is shown again."""
    member: Member
    """The person in the chosen account."""
    as_shown: bool
    """Whether the page was shown for this account, now and last, and with the name that the app has now."""
    denied: frozenset[str]
    """The scopes whose Deny box was ticked."""
    never: bool
    """Whether the app may not ask again for the denied scopes."""
    limits: LimitsForm

    @classmethod
    def read(cls, consent: ConsentRequest, form: MultiDict[str, str]) -> Decision:
        """The decision in this form; raises `CannotAnswer` for an account in which this person cannot connect this app."""
        shown = form.get("shown", type=UUID)
        if shown is None:
            raise CannotAnswer(*INCOMPLETE)
        member = find_chosen_member(consent, form)
        answer = form.get("decision") if form.get("decision") in {ALLOW, DENY} else None
        return cls(
            answer=answer,
            member=member,
            # The person may have gone back to a page of another account, or have chosen another one on this page.
            as_shown=shown == member.account_id and consent.shows(member),
            denied=consent.scope & frozenset(form.getlist("deny")),
            never=bool(form.get("never")),
            limits=read_limits(member, consent.client, answer),
        )


def find_chosen_member(consent: ConsentRequest, form: MultiDict[str, str]) -> Member:
    account_id = form.get("account", type=UUID) if form.get("account") else consent.member.account_id
    member = member_for(consent.client, current_user.id, account_id)
    if member is None:
        raise CannotAnswer(*NOT_HERE)
    return member


def read_limits(member: Member, client: Client, answer: str | None) -> LimitsForm:
    """The limits in the form or, for an account that was just chosen, those of the expired connection there."""
    if answer is None and Connection.over_between(member, client):
        return offer_limits(member, client)
    return LimitsForm.within(member.account_id)
