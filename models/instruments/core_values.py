"""Core Values: choose the ones that matter most, then rank the first five, or ten."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final, Self

from flask_babel import gettext as _

from models.errors import Invalid
from models.instruments.instrument import Answers, Instrument, Page, Value
from models.instruments.scales import CORE_PLACES, core_places, core_result

NARROW: Final = "narrow"
RANK: Final = "rank"


class Core(Instrument):
    """Two steps: `narrow` takes a list of values, `rank` ranks the most important of these."""

    @classmethod
    def of(cls, data: dict[str, Any], common: dict[str, Any]) -> Self:
        """The instrument in a checked file."""
        pages = Page(NARROW, (NARROW,), most=data["narrow_to"]), Page(RANK, (RANK,), most=len(CORE_PLACES))
        values = tuple(Value(each["value"], each["name"], each["meaning"]) for each in data["values"])
        return cls(**common, pages=pages, values=values)

    def _checked(self, page: Page, item_id: str, value: Any, /) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise Invalid(item_id, _("Choose among the values that are listed."))
        if set(value) - {each.value for each in self.values}:
            raise Invalid(item_id, _("One of these values is not on the list. Choose again."))
        if len(set(value)) < len(value):
            raise Invalid(item_id, _("You can choose each value only once."))
        if len(value) > page.most:
            raise Invalid(item_id, _("That is more than %(most)s values. Remove some.", most=page.most))
        return list(value) if item_id == RANK else [each.value for each in self.values if each.value in value]

    def _is_complete(self, item_id: str, answers: Answers, extended: bool, /) -> bool:
        places, chosen = core_places(extended), answers.get(NARROW, [])
        if item_id == NARROW:
            return len(chosen) >= places
        # Ten values ranked before the setting changed to five still contain five.
        ranked = answers.get(RANK, [])[:places]
        return len(ranked) == places and set(ranked) <= set(chosen)

    def _ask_for(self, item_id: str, extended: bool, /) -> str:
        if item_id == NARROW:
            return str(
                _(
                    "Choose at least %(least)s values, and at most %(most)s.",
                    least=core_places(extended),
                    most=self.page_of(NARROW).most,
                )
            )
        return str(
            _("Put %(places)s of the values that you chose in order, each in one place.", places=core_places(extended))
        )

    def _result(self, answers: Answers, extended: bool, /) -> dict[str, Any]:
        return dict(core_result(answers[RANK][: core_places(extended)]))

    def _mark(self, item_id: str, _value: Any, /) -> Hashable:
        return item_id
