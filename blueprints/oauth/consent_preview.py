"""What an app could see and change if its request were allowed as the consent page is filled in, in numbers."""

from __future__ import annotations

from blueprints.forms.connection_limits import LimitsForm
from blueprints.forms.reach import Reach, reach_of
from models.connections import tag_sets
from models.oauth import ConsentRequest, Standing
from models.request_scope import Limits


def preview(consent: ConsentRequest, standing: Standing, denied: frozenset[str], form: LimitsForm) -> Reach:
    """The reach of the app if the person allowed it with these Deny boxes ticked and these limits."""
    scopes = (consent.offered - denied) & standing.offered(consent.scope)
    limits = standing.known.limits if standing.known else limits_in(form)
    return reach_of(standing.member, scopes, limits.within(standing.policy.limits))


def limits_in(form: LimitsForm) -> Limits:
    """The limits in a form that was not checked yet, as far as they change its reach. Tags that do not exist here do not count."""
    here = {value for value, *_ in form.only_tags.iter_choices()}
    tags = [tag for tag in form.only_tags.data or () if tag in here]
    return Limits(bool(form.read_only.data), bool(form.hide_contact.data), tag_sets(tags or None))
