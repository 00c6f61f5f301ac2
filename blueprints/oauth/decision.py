"""A person's decision on the consent page, read from its form in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from blueprints.forms.connection_limits import CHOSEN, LimitsForm
from blueprints.forms.edit_conflict import as_sent
from blueprints.oauth.consent_errors import INCOMPLETE, NOT_HERE, CannotAnswer
from blueprints.oauth.consent_limits import offer_stricter_limits
from blueprints.web.request_context import clean
from models.accounts import Member
from models.oauth import ConsentRequest, Standing, member_for

ALLOW, DENY = "allow", "deny"
MOST_KEPT = 50_000
"""Characters: a thousand tags, and more than the fields of a browser hold."""
CHOICES = ("deny", "never", *CHOSEN)


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
    tags_left_out: bool
    """Whether tags were chosen of which this account has none, and no others."""
    kept: bool = False
    """Whether it holds what was chosen on an earlier page of the same request."""

    @classmethod
    def read(cls, consent: ConsentRequest, form: MultiDict[str, str]) -> Decision:
        """The decision in this form; raises `CannotAnswer` for an account in which this person cannot connect this app."""
        shown = form.get("shown", type=UUID)
        if shown is None:
            raise CannotAnswer(*INCOMPLETE)
        member = find_chosen_member(consent, form)
        answer = form.get("decision") if form.get("decision") in {ALLOW, DENY} else None
        if shown == member.account_id:
            # The person may have gone back to a page of another account.
            return cls.of(consent, member, form, answer=answer, as_shown=consent.shows(member))
        # They chose another one on this page.
        before, standing = consent.choices_in(member.account_id), Standing(member, consent.client)
        if before is None and standing.over:
            limits = offer_stricter_limits(standing, LimitsForm.within(member.account_id, formdata=form))
            return cls.of(consent, member, form, answer=answer, limits=limits)
        return cls.of(consent, member, fields_of(before) if before else form, answer=answer)

    @classmethod
    def kept_for(cls, consent: ConsentRequest) -> Decision | None:
        """What was chosen on an earlier page of this request and for this account, if it was not answered."""
        chosen = consent.choices_in(consent.member.account_id)
        if chosen is None:
            return None
        return cls.of(consent, consent.member, fields_of(chosen), as_shown=True, kept=any(chosen.values()))

    @classmethod
    def of(
        cls,
        consent: ConsentRequest,
        member: Member,
        form: MultiDict[str, str],
        *,
        answer: str | None = None,
        limits: LimitsForm | None = None,
        as_shown: bool = False,
        kept: bool = False,
    ) -> Decision:
        """The choices in these fields, and the limits in them if no others are given."""
        limits = limits or LimitsForm.within(member.account_id, formdata=form)
        here = {value for value, *_ in limits.only_tags.iter_choices()}
        return cls(
            answer=answer,
            member=member,
            as_shown=as_shown,
            denied=consent.scope & frozenset(form.getlist("deny")),
            never=bool(form.get("never")),
            limits=limits,
            tags_left_out=bool({*form.getlist("only_tags")} - here) and not here & {*(limits.only_tags.data or ())},
            kept=kept,
        )

    @property
    def choices(self) -> dict[str, list[str]]:
        """What its page shows as chosen, as the fields of the form."""
        limits = {field.name: field.data if field.raw_data is None else field.raw_data for field in self.limits.inputs}
        return {
            "deny": sorted(self.denied),
            "never": ["1"] if self.never else [],
            **{name: [value for value in as_sent(limits[name]) if clean(value)] for name in CHOSEN},
        }


def keep_choices(consent: ConsentRequest, form: MultiDict[str, str]) -> None:
    """Keep what is chosen in this form for the next page of the same request, if it is the page that was shown last."""
    account_id = consent.member.account_id
    if form.get("shown", type=UUID) != account_id:
        return
    choices = {name: [value for value in form.getlist(name) if value and clean(value)] for name in CHOICES}
    # Each page of this request is stored with them. A part of them could allow more than all.
    if sum(len(value) for values in choices.values() for value in values) > MOST_KEPT:
        raise RequestEntityTooLarge
    consent.keep(account_id, choices)


def fields_of(choices: Mapping[str, list[str]]) -> MultiDict[str, str]:
    return MultiDict((name, value) for name, values in choices.items() for value in values)


def find_chosen_member(consent: ConsentRequest, form: MultiDict[str, str]) -> Member:
    account_id = form.get("account", type=UUID) if form.get("account") else consent.member.account_id
    member = member_for(consent.client, current_user.id, account_id)
    if member is None:
        raise CannotAnswer(*NOT_HERE)
    return member
