"""The form of a team. The rules for each field are in models; here are their labels and hints."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any, Self

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from wtforms import RadioField, SelectMultipleField, StringField
from wtforms.validators import InputRequired
from wtforms.widgets import CheckboxInput, ListWidget

from blueprints.forms.base import follows
from blueprints.forms.edit_conflict import EditForm
from models.profiles import Team, team_name

ALL, ANY = "all", "any"


class Choices(SelectMultipleField):
    """Several choices, each with a check box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def matches() -> dict[str, str]:
    """Which of several tags people must have."""
    return {ALL: _("all of them"), ANY: _("any of them")}


class TeamForm(EditForm):
    name = StringField(lazy_gettext("Name"), [InputRequired(lazy_gettext("Enter a name.")), follows(team_name)])
    tags = Choices(lazy_gettext("Everybody with these tags"))
    match = RadioField(
        lazy_gettext("If you select several tags, people must have"),
        choices=matches,
        default=ALL,
    )
    people = Choices(lazy_gettext("And these people"))

    @classmethod
    def offering(cls, tags: Mapping[str, str], people: Mapping[str, str], **given: Any) -> Self:
        """The form with these tags and people as choices, by their ids."""
        form = cls(**given)
        form.tags.choices, form.people.choices = list(tags.items()), list(people.items())
        return form

    @property
    def wanted(self) -> dict[str, Any]:
        """The team as models take it."""
        return {
            "name": self.name.data or "",
            "tag_ids": [uuid.UUID(id_) for id_ in self.tags.data or ()],
            "profile_ids": [uuid.UUID(id_) for id_ in self.people.data or ()],
            "any_tag": self.match.data == ANY,
        }


def stored(team: Team) -> dict[str, Any]:
    """The current values of a team's form."""
    return {
        "name": team.name,
        "tags": [str(tag.id) for tag in team.tags],
        "match": ANY if team.any_tag else ALL,
        "people": [str(profile.id) for profile in team.picked],
    }
