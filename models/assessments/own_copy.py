"""What a link shows its person, to take along: their answers while they exist, and their result once they have finished."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from models.assessments.answer import Answer
from models.assessments.sitting import Sitting
from models.debriefs import Debrief, compose
from models.instruments import Instrument
from models.reports import guide_for


def own_copy(sitting: Sitting) -> dict[str, Any]:
    """Everything about this sitting, in words, for the person who answers."""
    scores = sitting.scores or {}
    guide, debrief = guide_for(scores), own_debrief(sitting)
    return {
        "name": sitting.name,
        "email": sitting.email,
        "agreed_at": sitting.agreed_at,
        "finished_at": sitting.finished_at,
        "instruments": sitting.instruments,
        "answers": answers_in_words(sitting) if sitting.state == "open" else deleted(),
        "results": scores,
        "guide": {section.title: section.advice for section in guide.sections} if guide else None,
        "debrief": {"author": debrief.written_by, "text": debrief.text} if debrief else None,
    }


def deleted() -> str:
    return str(_("Your individual answers were deleted when you finished. Only your scores are stored."))


def answers_in_words(sitting: Sitting) -> list[dict[str, Any]]:
    """The answers so far, in the order of the questions, with the texts that the person saw."""
    given = Answer.all_of(sitting)
    return [
        {"part": instrument.title, **in_words(instrument, item, answers[item])}
        for instrument in sitting.questionnaire.instruments
        for answers in [given.get(instrument.assessment, {})]
        for item in instrument.item_ids
        if item in answers
    ]


def in_words(instrument: Instrument, item: str, value: Any) -> dict[str, Any]:
    page = instrument.page_of(item)
    texts = {statement.id: statement.text for statement in page.statements}
    if page.kind == "most_least":
        return {"most_like_me": texts[value["most"]], "least_like_me": texts[value["least"]]}
    if page.kind == "rate":
        return {"statement": texts[item], "answer": instrument.scale[value - 1]}
    names = {each.value: each.name for each in instrument.values}
    return {"chosen" if page.kind == "narrow" else "in_order": [names[each] for each in value]}


def own_debrief(sitting: Sitting) -> Debrief | None:
    """The debrief of this result that members see; None while it is not written.

    Until the result is shared, it is composed here from the scores alone. For a shared link it always is, since whether
    the account wrote one would reveal whether the address that somebody typed was known.
    """
    if sitting.scores is None:
        return None
    if sitting.invitation_id is None or sitting.profile_id is None or sitting.unshared:
        return Debrief(text=compose(sitting.scores), author="embedded", scores=sitting.scores)
    versions = Debrief.versions(sitting.account_id, sitting.profile_id)
    return next((each for each in versions if each.is_of(sitting.scores)), None)
