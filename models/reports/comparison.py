"""A few people side by side: where they are alike and where they differ, by rules that the page explains."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext, ngettext

from models.instruments import named, title_of
from models.reports.person import Person
from models.reports.scales import DISC, MAIN, Scale
from models.reports.text.words import TOGETHER

FEWEST, MOST = 2, 12
CLOSE = 15
APART = 40
LOW_UP_TO, HIGH_FROM = 40, 60

RULES = (
    lazy_gettext(
        "People are alike on a scale when no two of them are more than %(points)d points apart.", points=CLOSE
    ),
    lazy_gettext(
        "They differ on a scale when the highest and the lowest are %(points)d points or more apart.", points=APART
    ),
    lazy_gettext("They share a style when all have the same first letter."),
    lazy_gettext("They share a value when more than half of them, and at least two, have it among their first five."),
    lazy_gettext("They differ in their values when no two of them share one of their first five."),
    lazy_gettext("Each assessment is compared among the people who have taken it. At least two must have taken it."),
)
Scored = list[tuple[Person, float]]


@dataclass(frozen=True)
class Finding:
    """Something in which people are alike or differ. It has ids instead of names."""

    assessment: str
    scale: str
    """A DISC scale by its letter, a Focus domain, `style`, `values`, or one Core value."""
    title: str
    sentence: str
    advice: str = ""
    """What it can mean for working together."""
    points: float | None = None
    """The difference between the highest and the lowest."""
    lowest: tuple[uuid.UUID, ...] = ()
    highest: tuple[uuid.UUID, ...] = ()
    shared_by: tuple[uuid.UUID, ...] = ()
    """Who has it in common, if not everybody."""


@dataclass(frozen=True)
class Comparison:
    """People side by side, with their most notable findings."""

    people: tuple[Person, ...]
    meet: tuple[Finding, ...]
    differ: tuple[Finding, ...]

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the comparison, in the reader's language."""
        return tuple(map(str, RULES))

    def extreme(self, scale: Scale, person: Person) -> str:
        """`highest` or `lowest`, in the reader's language, on a scale on which these people differ; otherwise empty."""
        found = next(
            (each for each in self.differ if (each.assessment, each.scale) == (scale.assessment, scale.key)), None
        )
        if found is None or scale.domain:
            return ""
        if person.id in found.highest:
            return str(_("highest"))
        return str(_("lowest")) if person.id in found.lowest else ""


def without(assessment: str, people: Sequence[Person]) -> list[Person]:
    """Those of these people who have no result of this assessment."""
    took = {"disc": lambda person: person.style, "focus": lambda person: person.took_focus}
    return [person for person in people if not took.get(assessment, lambda person: person.values)(person)]


def compare(people: Sequence[Person]) -> Comparison:
    """Where these people are alike, the closest first, and where they differ, the widest first."""
    scored = [(scale, scores) for scale in MAIN if len(scores := scores_on(scale, people)) >= FEWEST]
    meet = sorted((met(scale, scores) for scale, scores in scored if width(scores) <= CLOSE), key=points_of)
    differ = sorted((parted(scale, scores) for scale, scores in scored if width(scores) >= APART), key=points_of)
    return Comparison(
        tuple(people),
        meet=(*same_style(people), *meet, *shared_values(people)),
        differ=(*reversed(differ), *no_shared_value(people)),
    )


def scores_on(scale: Scale, people: Sequence[Person]) -> Scored:
    return [(person, score) for person in people if (score := scale.of(person)) is not None]


def width(scores: Scored) -> float:
    found = [score for _, score in scores]
    return round(max(found) - min(found), 1)


def points_of(finding: Finding) -> float:
    return finding.points or 0.0


def met(scale: Scale, scores: Scored) -> Finding:
    least, most = range_of(scores)
    middle = sum(score for _, score in scores) / len(scores)
    band = "high" if middle >= HIGH_FROM else "low" if middle <= LOW_UP_TO else None
    both = "both " if len(scores) == FEWEST else ""
    advice = str(_(TOGETHER[scale.key][both + band])) if band else ""
    sentence = how_close(len(scores), round(least), round(most), round(width(scores)) or 1)
    return Finding(scale.assessment, scale.key, scale.name, sentence, advice, width(scores))


def how_close(people: int, least: int, most: int, points: int) -> str:
    """How close the scores of these people are, in a sentence."""
    if people == FEWEST:
        equal = _("Both have %(score)d.", score=most)
        near = ngettext(
            "Both are within one point, from %(least)d to %(most)d.",
            "Both are within %(num)d points, from %(least)d to %(most)d.",
            points,
            least=least,
            most=most,
        )
    else:
        equal = _("All %(people)d have %(score)d.", people=people, score=most)
        near = ngettext(
            "All %(people)d are within one point, from %(least)d to %(most)d.",
            "All %(people)d are within %(num)d points, from %(least)d to %(most)d.",
            points,
            people=people,
            least=least,
            most=most,
        )
    return str(equal if least == most else near)


def parted(scale: Scale, scores: Scored) -> Finding:
    least, most = range_of(scores)
    sentence = _(
        "Range %(least)d to %(most)d, %(points)d points apart.",
        least=round(least),
        most=round(most),
        points=round(width(scores)),
    )
    return Finding(
        scale.assessment,
        scale.key,
        scale.name,
        str(sentence),
        str(_(TOGETHER[scale.key]["apart"])),
        width(scores),
        lowest=tuple(person.id for person, score in scores if score == least),
        highest=tuple(person.id for person, score in scores if score == most),
    )


def range_of(scores: Scored) -> tuple[float, float]:
    found = [score for _, score in scores]
    return min(found), max(found)


def same_style(people: Sequence[Person]) -> Iterator[Finding]:
    styles = [person.style for person in people if person.style]
    if len(styles) >= FEWEST and len({style[0] for style in styles}) == 1:
        leading = next(scale.name for scale in DISC if scale.key == styles[0][0].lower())
        counted = Counter(styles)
        several = ", ".join(style if times == 1 else f"{style} ({times})" for style, times in sorted(counted.items()))
        if len(styles) == FEWEST:
            sentence = _("Both have %(scale)s as their first letter: %(styles)s.", scale=leading, styles=several)
        else:
            sentence = _(
                "All %(people)d have %(scale)s as their first letter: %(styles)s.",
                people=len(styles),
                scale=leading,
                styles=several,
            )
        yield Finding("disc", "style", str(_("DISC style")), str(sentence))


def shared_values(people: Sequence[Person]) -> Iterator[Finding]:
    asked = [person for person in people if person.values]
    counted = Counter(value for person in asked for value in person.values)
    for value, times in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        if times >= FEWEST and times * 2 > len(asked):
            sharing = tuple(person.id for person in asked if value in person.values)
            sentence = how_many_share(times, len(asked))
            yield Finding("core", value, named(value), sentence, shared_by=() if times == len(asked) else sharing)


def how_many_share(sharing: int, people: int) -> str:
    """How many of these people have a value among their first five, in a sentence."""
    if sharing < people:
        sentence = _("%(count)d of %(people)d have it among their first five values.", count=sharing, people=people)
    elif people == FEWEST:
        sentence = _("Both have it among their first five values.")
    else:
        sentence = _("All %(people)d have it among their first five values.", people=people)
    return str(sentence)


def no_shared_value(people: Sequence[Person]) -> Iterator[Finding]:
    asked = [person for person in people if person.values]
    counted = Counter(value for person in asked for value in person.values)
    if len(asked) >= FEWEST and max(counted.values()) == 1:
        sentence = _("No two of them share one of their first five values.")
        advice = _("Ask each person what matters to them before you assume it.")
        yield Finding("core", "values", title_of("core"), str(sentence), str(advice))
