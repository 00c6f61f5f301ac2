"""What a call of an app would do, in one sentence for the person who must allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from models.audit.recorded_words import COLORS

Facts = Mapping[str, Any]


def call_sentence(tool: str, facts: Facts) -> str:
    """The sentence for a call of this tool; only the name of the tool once the facts are deleted."""
    return str(SENTENCES[tool](facts)) if facts and tool in SENTENCES else tool


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


def untag_profiles(facts: Facts) -> Any:
    return ngettext(
        "Remove the tag “%(tag)s” from %(shown)s profile.",
        "Remove the tag “%(tag)s” from %(shown)s profiles.",
        facts["count"],
        tag=facts["tag"],
        shown=format_decimal(facts["count"]),
    )


SENTENCES: dict[str, Callable[[Facts], Any]] = {
    "update_account": lambda _facts: _("Change the account's settings."),
    "create_tag": lambda facts: _("Create the tag “%(label)s”.", **facts),
    "update_tag": update_tag,
    "delete_tag": delete_tag,
    "tag_profiles": tag_profiles,
    "untag_profiles": untag_profiles,
    "create_alias": lambda facts: _("Give %(person)s the alias “%(alias)s”.", **facts),
    "update_alias": lambda facts: _("Rename the alias “%(alias)s” of %(person)s to “%(new)s”.", **facts),
    "delete_alias": lambda facts: _("Delete the alias “%(alias)s” of %(person)s.", **facts),
    "update_profile": lambda facts: _("Change the profile of %(person)s.", **facts),
    "delete_profile": lambda facts: _(
        "Delete the profile of %(person)s, with results, debriefs, aliases and tags.", **facts
    ),
    "send_assessment_invite": lambda facts: _("Send %(email)s an e-mail that invites to the assessments.", **facts),
}
