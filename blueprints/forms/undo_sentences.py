"""What taking changes back would do, and what stays as it is, in words for the person who decides."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, lazy_gettext, ngettext
from flask_babel import gettext as _

from models.audit import Names, label_of, reader_wording, shown_value
from models.text import full_name
from models.undo import Item, Plan, Problem, Step, mailed_people

WHY = {
    Problem.CHANGED_SINCE: lazy_gettext("Somebody changed it since."),
    Problem.IN_USE: lazy_gettext("Others have added to it since."),
    Problem.GONE: lazy_gettext("It does not exist any more, or something it belongs to does not."),
    Problem.TAKEN: lazy_gettext("Another one has this name or address now."),
    Problem.BY_HAND: lazy_gettext("This can only be changed by hand."),
    Problem.NOT_ALLOWED: lazy_gettext("You may not change it."),
}
WITH_OTHERS = frozenset({"account", "alias", "assessment_invitation", "profile", "profile_tag", "tag"})
"""The tables whose rows are named. Rows of others come back and go with a profile."""


@dataclass(frozen=True)
class Change:
    """One value that goes back."""

    thing: str
    field: str
    now: str
    then: str


@dataclass(frozen=True)
class Described:
    """A plan in words."""

    lines: list[str]
    """What comes back and what is deleted."""
    changes: list[Change]
    stays: list[tuple[str, str]]
    """What stays as it is, and why."""
    mailed: list[str]
    """Whom mail was already sent to."""


def describe(plan: Plan) -> Described:
    """This plan for the person who reads the page."""
    people = {("profile", uuid.UUID(id_)) for item in plan.items if (id_ := item.person)}
    tags = {("tag", uuid.UUID(id_)) for item in plan.items if (id_ := item.value("tag_id"))}
    teller = Teller(plan, Names.of(plan.changes.account_id, people | tags))
    return Described(
        [*teller.lines()], [*teller.changes()], [*teller.stays()], [teller.name(each) for each in mailed_people(plan)]
    )


class Teller:
    """Tells of a plan's rows by the names that they have, or had."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self.plan, self.names = plan, names
        self.coming = {item.row for item in plan.todo if item.step == Step.RESTORE}
        self.going = {item.row for item in plan.todo if item.step == Step.REMOVE}

    def lines(self) -> Iterator[str]:
        for item in self.plan.todo:
            if item.step != Step.CHANGE and item.table in SENTENCES and not self.goes_with_its_person(item):
                restored, removed = SENTENCES[item.table]
                yield str((restored if item.step == Step.RESTORE else removed) % {"name": self.called(item)})
        ties = (item for item in self.plan.todo if item.table == "profile_tag" and not self.goes_with_its_person(item))
        for (step, tag_id), number in Counter((item.step, item.value("tag_id")) for item in ties).items():
            if step == Step.REMOVE and f"tag/{tag_id}" in self.going:
                continue
            yield tie_sentence(step, number, self.tag(tag_id))

    def goes_with_its_person(self, item: Item) -> bool:
        """Whether it comes back, or goes, as a part of somebody's profile."""
        moving = self.coming if item.step == Step.RESTORE else self.going
        return item.table != "profile" and f"profile/{item.person}" in moving

    def changes(self) -> Iterator[Change]:
        wording = reader_wording()
        for item in (each for each in self.plan.todo if each.step == Step.CHANGE):
            for name, then in (item.then or {}).items():
                shown = [
                    shown_value(value, wording) if value != "" else "–" for value in ((item.now or {})[name], then)
                ]
                yield Change(self.thing(item), label_of(name, wording), *shown)

    def stays(self) -> Iterator[tuple[str, str]]:
        ties: Counter[tuple[str, Problem]] = Counter()
        for item in self.plan.conflicts:
            if item.table == "profile_tag":
                ties[(item.value("tag_id") or "", item.problem or Problem.GONE)] += 1
            elif item.table in WITH_OTHERS:
                yield self.thing(item), str(WHY[item.problem or Problem.GONE])
        for (tag_id, problem), number in ties.items():
            shown = {"tag": self.tag(tag_id), "shown": format_decimal(number)}
            said = ngettext(
                "The tag “%(tag)s” on %(shown)s profile", "The tag “%(tag)s” on %(shown)s profiles", number, **shown
            )
            yield said, str(WHY[problem])

    def thing(self, item: Item) -> str:
        """The row as a thing with a name."""
        return str(THINGS[item.table] % {"name": self.called(item)})

    def called(self, item: Item) -> str:
        if item.table in {"profile", "assessment_invitation"}:
            return self.name(item.person)
        return str(item.value({"tag": "label", "alias": "consumer_key"}.get(item.table, "name")) or "")

    def name(self, person: str | None) -> str:
        """Somebody's name now, or when they were deleted."""
        if person and (known := self.names.get("profile", uuid.UUID(person))):
            return known
        for item in self.plan.items:
            if item.row == f"profile/{person}" and (values := item.then or item.now):
                return name_in(values)
        return str(_("a profile you do not see"))

    def tag(self, tag_id: str | None) -> str:
        if tag_id and (known := self.names.get("tag", uuid.UUID(tag_id))):
            return known
        labels = (item.value("label") for item in self.plan.items if item.row == f"tag/{tag_id}")
        return next((label for label in labels if label), None) or str(_("a deleted tag"))


SENTENCES = {
    "profile": (
        lazy_gettext("Brings back the profile of %(name)s, with results, debriefs, aliases and tags."),
        lazy_gettext("Deletes the profile of %(name)s."),
    ),
    "tag": (lazy_gettext("Brings back the tag “%(name)s”."), lazy_gettext("Deletes the tag “%(name)s”.")),
    "alias": (lazy_gettext("Brings back the alias “%(name)s”."), lazy_gettext("Deletes the alias “%(name)s”.")),
    "assessment_invitation": (
        lazy_gettext("Brings back the invitation of %(name)s."),
        lazy_gettext("Withdraws the invitation of %(name)s. Its link stops working."),
    ),
}
THINGS = {
    "account": lazy_gettext("The account %(name)s"),
    "alias": lazy_gettext("The alias “%(name)s”"),
    "assessment_invitation": lazy_gettext("The invitation of %(name)s"),
    "profile": lazy_gettext("The profile of %(name)s"),
    "tag": lazy_gettext("The tag “%(name)s”"),
}


def tie_sentence(step: Step, number: int, tag: str) -> str:
    shown = {"tag": tag, "shown": format_decimal(number)}
    if step == Step.RESTORE:
        back = ngettext(
            "Puts the tag “%(tag)s” back on %(shown)s profile.",
            "Puts the tag “%(tag)s” back on %(shown)s profiles.",
            number,
            **shown,
        )
        return str(back)
    off = ngettext(
        "Removes the tag “%(tag)s” from %(shown)s profile.",
        "Removes the tag “%(tag)s” from %(shown)s profiles.",
        number,
        **shown,
    )
    return str(off)


def name_in(values: Mapping[str, Any]) -> str:
    return full_name(values.get("first_name") or "", values.get("last_name") or "") or str(values.get("email") or "")
