"""What a call of an app would do, in one sentence for the person who must allow it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import format_decimal, lazy_gettext, ngettext
from flask_babel import gettext as _

from models.audit import begin
from models.audit.recorded_words import COLORS
from models.instruments import title_of
from models.text import listed

Facts = Mapping[str, Any]
FIELDS = {
    "first_name": lazy_gettext("first name"),
    "last_name": lazy_gettext("last name"),
    "phone": lazy_gettext("phone number"),
    "custom_id": lazy_gettext("custom id"),
    "label": lazy_gettext("label"),
    "color": lazy_gettext("color"),
    "name": lazy_gettext("name"),
    "assessments": lazy_gettext("assessments"),
    "eco_printing": lazy_gettext("reports without coloured areas"),
    "core_extended": lazy_gettext("ten Core Values instead of five"),
}


def call_sentence(tool: str, facts: Facts) -> str:
    """The sentence for a call of this tool; only the name of the tool once the facts are deleted."""
    return str(SENTENCES[tool](facts)) if facts and tool in SENTENCES else tool


def call_changes(facts: Facts) -> list[tuple[str, str, str]]:
    """What a call would overwrite: each field, its value now, and the one that it would get; empty for an empty one."""
    return [(begin(str(FIELDS[name])), in_words(name, now), in_words(name, then)) for name, now, then in changes(facts)]


def changes(facts: Facts) -> Iterable[tuple[str, Any, Any]]:
    # What was asked by the version before has none.
    found: Iterable[tuple[str, Any, Any]] = facts.get("changes", ())
    return found


def in_words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return listed([title_of(each) for each in value])
    return str(_(COLORS.get(value, value))) if name == "color" else str(value)


def new_values(facts: Facts) -> str:
    """What a call would overwrite, as a list of fields with the values that they would get."""
    return "; ".join(
        _("%(field)s to “%(value)s”", field=FIELDS[name], value=in_words(name, then))
        if then not in ("", None)
        else _("%(field)s emptied", field=FIELDS[name])
        for name, now, then in changes(facts)
        if now != then
    )


def update_account(facts: Facts) -> Any:
    if values := new_values(facts):
        return _("Change the account's settings: %(values)s.", values=values)
    return _("Leave the account's settings as they are.")


def update_profile(facts: Facts) -> Any:
    if values := new_values(facts):
        return _("Change the profile of %(person)s: %(values)s.", person=facts["person"], values=values)
    return _("Leave the profile of %(person)s as it is.", person=facts["person"])


def delete_tag(facts: Facts) -> Any:
    shown = format_decimal(facts["count"])
    return ngettext(
        "Delete the tag “%(tag)s”, which %(shown)s profile has.",
        "Delete the tag “%(tag)s”, which %(shown)s profiles have.",
        facts["count"],
        tag=facts["tag"],
        shown=shown,
    )


def update_tag(facts: Facts) -> Any:
    color = facts["color"] and _(COLORS.get(facts["color"], facts["color"]))
    if facts["label"] and color:
        return _(
            "Rename the tag “%(tag)s” to “%(label)s” and make it %(color)s.",
            tag=facts["tag"],
            label=facts["label"],
            color=color,
        )
    if facts["label"]:
        return _("Rename the tag “%(tag)s” to “%(label)s”.", tag=facts["tag"], label=facts["label"])
    return _("Make the tag “%(tag)s” %(color)s.", tag=facts["tag"], color=color)


def tag_profiles(facts: Facts) -> Any:
    return ngettext(
        "Add the tag “%(tag)s” to %(shown)s profile.",
        "Add the tag “%(tag)s” to %(shown)s profiles.",
        facts["count"],
        tag=facts["tag"],
        shown=format_decimal(facts["count"]),
    )


def send_assessment_invite(facts: Facts) -> Any:
    # What was asked by the version before names no tags.
    if not (tags := facts.get("tags")):
        return _("Send %(email)s an e-mail that invites to the assessments.", email=facts["email"])
    return ngettext(
        "Send %(email)s an e-mail that invites to the assessments, and add the tag %(tags)s to the profile.",
        "Send %(email)s an e-mail that invites to the assessments, and add the tags %(tags)s to the profile.",
        len(tags),
        email=facts["email"],
        tags=listed(sorted(tags)),
    )


def untag_profiles(facts: Facts) -> Any:
    return ngettext(
        "Remove the tag “%(tag)s” from %(shown)s profile.",
        "Remove the tag “%(tag)s” from %(shown)s profiles.",
        facts["count"],
        tag=facts["tag"],
        shown=format_decimal(facts["count"]),
    )


SENTENCES: dict[str, Callable[[Facts], Any]] = {
    "update_account": update_account,
    "create_tag": lambda facts: _("Create the tag “%(label)s”.", **facts),
    "update_tag": update_tag,
    "delete_tag": delete_tag,
    "tag_profiles": tag_profiles,
    "untag_profiles": untag_profiles,
    "create_alias": lambda facts: _("Give %(person)s the alias “%(alias)s”.", **facts),
    "update_alias": lambda facts: _("Rename the alias “%(alias)s” of %(person)s to “%(new)s”.", **facts),
    "delete_alias": lambda facts: _("Delete the alias “%(alias)s” of %(person)s.", **facts),
    "update_profile": update_profile,
    "delete_profile": lambda facts: _(
        "Delete the profile of %(person)s, with results, debriefs, aliases and tags.", **facts
    ),
    "send_assessment_invite": send_assessment_invite,
}
