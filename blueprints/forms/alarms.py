"""Alarms on pages and in e-mail: the fields that choose what happens, and the sentences that say what did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import LazyString, format_decimal, lazy_gettext
from flask_babel import gettext as _
from wtforms import SelectField

from config import current_settings
from models.alarms import Alarm
from models.connections import (
    Connection,
    ConnectionPolicy,
    Response,
    Tripwire,
    own_response,
    policy_response,
    response_to,
)
from models.text import current_language, locale_of

LABELS: dict[Tripwire, LazyString] = {
    Tripwire.MANY_PEOPLE: lazy_gettext("It reads about far more people than usual"),
    Tripwire.FIRST_CHANGE: lazy_gettext("It changes something for the first time"),
    Tripwire.FIRST_DELETION: lazy_gettext("It deletes something for the first time"),
    Tripwire.QUIET: lazy_gettext("It is used again after 30 quiet days"),
    Tripwire.REFUSALS: lazy_gettext("Many of its calls are refused"),
    Tripwire.DECOY: lazy_gettext("It opens or changes the decoy profile"),
    Tripwire.COUNTRY: lazy_gettext("It is used from a new country"),
}
OFFERED = tuple(LABELS)
FIELD = "on_"
OWN = {
    Response.TELL: lazy_gettext("Tell me"),
    Response.ASK: lazy_gettext("Ask me before every change from then on"),
    Response.PAUSE: lazy_gettext("Pause the app"),
    Response.OFF: lazy_gettext("Nothing"),
}
CHOICES = {
    Response.ASK: lazy_gettext("%(tripwire)s: a person must allow every change from then on."),
    Response.PAUSE: lazy_gettext("%(tripwire)s: the app is paused."),
    Response.OFF: lazy_gettext("%(tripwire)s: no alarm."),
}
OF_POLICY = {
    Response.OFF: lazy_gettext("Members decide"),
    Response.TELL: lazy_gettext("At least tell the member"),
    Response.ASK: lazy_gettext("At least ask before every change from then on"),
    Response.PAUSE: lazy_gettext("Pause the app"),
}


class OwnAlarms:
    """What happens at each tripwire of one app: a field for each, for a form that has others too."""

    chosen_in = staticmethod(own_response)

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        if not current_settings().country_table:
            delattr(self, name_of(Tripwire.COUNTRY))

    @classmethod
    def shown(cls, chosen: Mapping[str, str] | None) -> dict[str, str]:
        """The present choices, by field."""
        return {name_of(each): cls.chosen_in(chosen, each) for each in OFFERED}

    @property
    def alarms(self) -> list[Any]:
        """The fields."""
        return [field for each in OFFERED if (field := getattr(self, name_of(each), None))]

    def chosen(self, kept: Mapping[str, str] | None) -> dict[str, str]:
        """The choices as models take them; what is not offered here stays as it is."""
        offered = {field.name.removeprefix(FIELD): field.data for field in self.alarms}
        return {name: value for name, value in (dict(kept or {}) | offered).items() if value}


class PolicyAlarms(OwnAlarms):
    """The least that happens at each tripwire of every app: a field for each."""

    chosen_in = staticmethod(policy_response)


def name_of(tripwire: Tripwire) -> str:
    return FIELD + tripwire


def own_answers() -> list[tuple[str, LazyString]]:
    return list(OWN.items())


def policy_answers() -> list[tuple[str, LazyString]]:
    return list(OF_POLICY.items())


for each, label in LABELS.items():
    setattr(OwnAlarms, name_of(each), SelectField(label, choices=own_answers))
    setattr(PolicyAlarms, name_of(each), SelectField(label, choices=policy_answers))


def alarm_choices(connection: Connection, policy: ConnectionPolicy) -> tuple[list[str], bool]:
    """What happens at each tripwire that does more or less than tell the member, and whether others only tell."""
    offered = [each for each in OFFERED if each != Tripwire.COUNTRY or current_settings().country_table]
    chosen = {each: response_to(each, connection.tripwires, policy.tripwires) for each in offered}
    lines = [str(CHOICES[then]) % {"tripwire": LABELS[each]} for each, then in chosen.items() if then in CHOICES]
    return lines, len(lines) < len(offered)


def alarm_sentence(alarm: Alarm) -> str:
    """What the app did."""
    return str(SENTENCES[alarm.tripwire](alarm.facts))


def response_sentence(alarm: Alarm) -> str:
    """What happened then; nothing if its member was only told."""
    match alarm.response:
        case Response.ASK:
            return str(_("Since then, it must ask before every change."))
        case Response.PAUSE:
            return str(_("It was paused, and has no access until it is resumed."))
    return ""


def many_people(facts: Mapping[str, Any]) -> str:
    people = format_decimal(facts["people"])
    if facts.get("usual") is None:
        return str(_("It read about %(people)s people in one day.", people=people))
    usual = format_decimal(facts["usual"])
    return str(
        _("It read about %(people)s people in one day. Its usual number is %(usual)s.", people=people, usual=usual)
    )


def country(facts: Mapping[str, Any]) -> str:
    code = facts["country"]
    name = locale_of(current_language()).territories.get(code, code)
    return str(_("It was used from a country that it was not used from before: %(country)s.", country=name))


SENTENCES: dict[Tripwire, Callable[[Mapping[str, Any]], Any]] = {
    Tripwire.MANY_PEOPLE: many_people,
    Tripwire.FIRST_CHANGE: lambda _facts: _("It changed something for the first time."),
    Tripwire.FIRST_DELETION: lambda _facts: _("It deleted something for the first time."),
    Tripwire.QUIET: lambda facts: _("It was used again after %(days)s days.", days=facts["days"]),
    Tripwire.REFUSALS: lambda facts: _(
        "%(calls)s of its calls were refused within ten minutes.", calls=format_decimal(facts["calls"])
    ),
    Tripwire.COUNTRY: country,
    Tripwire.DECOY: lambda _facts: _("It opened or changed the decoy profile, which no task needs."),
}
