"""DISC: in every block of four statements, which one is most and which one least like the person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Any, Self

from flask_babel import gettext as _

from models.errors import Invalid
from models.instruments.instrument import Answers, Instrument, Page, Statement
from models.instruments.scales import DISC_SCALES, disc_result


class Disc(Instrument):
    """Blocks with one statement for each scale, answered by `{"most": statement, "least": another}`."""

    @classmethod
    def of(cls, data: dict[str, Any], common: dict[str, Any]) -> Self:
        """The instrument in a checked file."""
        return cls(**common, pages=tuple(page_of(block) for block in data["blocks"]))

    def _checked(self, page: Page, item_id: str, value: Any, /) -> dict[str, str]:
        offered = {statement.id for statement in page.statements}
        if not isinstance(value, dict) or set(value) != {"most", "least"}:
            raise Invalid(item_id, self._ask_for(item_id))
        most, least = value["most"], value["least"]
        if not all(isinstance(chosen, str) and chosen in offered for chosen in (most, least)):
            raise Invalid(item_id, self._ask_for(item_id))
        if most == least:
            raise Invalid(
                item_id,
                _(
                    "Group %(number)s: a statement cannot be both most and least like you.",
                    number=self.place(item_id),
                ),
            )
        return {"most": most, "least": least}

    def _ask_for(self, item_id: str, _extended: bool = False, /) -> str:
        return str(
            _(
                "Group %(number)s: choose the statement most like you and the one least like you.",
                number=self.place(item_id),
            )
        )

    def _result(self, answers: Answers, _extended: bool, /) -> dict[str, Any]:
        scale_of = {statement.id: statement.scale for page in self.pages for statement in page.statements}
        counts: Counter[str] = Counter()
        for answer in answers.values():
            counts[scale_of[answer["most"]]] += 1
            counts[scale_of[answer["least"]]] -= 1
        return disc_scores(counts, len(self.pages))

    def _mark(self, item_id: str, value: Any, /) -> Hashable:
        return [statement.id for statement in self.page_of(item_id).statements].index(value["most"])


def page_of(block: dict[str, Any]) -> Page:
    statements = tuple(Statement(each["id"], each["text"], each["scale"]) for each in block["statements"])
    return Page("most_least", (block["id"],), statements)


def disc_scores(counts: Counter[str], blocks: int) -> dict[str, Any]:
    """Most minus least for each scale, from −blocks to blocks, mapped to 0 to 100 with one decimal."""
    return disc_result({scale: round((counts[scale] + blocks) * 100 / (2 * blocks), 1) for scale in DISC_SCALES})
