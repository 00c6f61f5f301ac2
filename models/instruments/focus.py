"""Focus: how well each of 120 statements describes the person, from 1 to 5."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Self

from flask_babel import gettext as _

from models.errors import Invalid
from models.instruments.instrument import Answers, Instrument, Page, Statement
from models.instruments.scales import FOCUS_DOMAINS, focus_result

ON_A_PAGE = 6


class Focus(Instrument):
    """Four statements for each of thirty facets, in the order of the file, six to a page."""

    @classmethod
    def of(cls, data: dict[str, Any], common: dict[str, Any]) -> Self:
        """The instrument in a checked file."""
        items = [Statement(item["id"], item["text"], item["facet"], item["keyed"]) for item in data["items"]]
        pages = tuple(page_of(items[start : start + ON_A_PAGE]) for start in range(0, len(items), ON_A_PAGE))
        return cls(**common, pages=pages, scale=tuple(data["scale"]))

    def _checked(self, _page: Page, item_id: str, value: Any, /) -> int:
        # True is an int in Python, but not a valid answer.
        if type(value) is not int or not 1 <= value <= 5:
            raise Invalid(item_id, self._ask_for(item_id))
        return value

    def _ask_for(self, item_id: str, _extended: bool = False, /) -> str:
        return str(_("Statement %(number)s: choose one of the five answers.", number=self.place(item_id)))

    def _result(self, answers: Answers, _extended: bool, /) -> dict[str, Any]:
        sums = {facet: 0 for facets in FOCUS_DOMAINS.values() for facet in facets}
        for page in self.pages:
            for statement in page.statements:
                sums[statement.scale] += keyed(answers[statement.id], statement.keyed)
        return focus_result(sums)

    def _mark(self, _item_id: str, value: Any, /) -> Hashable:
        return int(value)


def page_of(items: list[Statement]) -> Page:
    return Page("rate", tuple(item.id for item in items), tuple(items))


def keyed(answer: int, keying: str) -> int:
    """What an answer adds to its facet: its value, or the mirrored value if agreeing counts against the facet."""
    return answer if keying == "+" else 6 - answer
