"""Answers that look as if nobody read the questions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import groupby

# Attentive people do give the same answer many times. We chose these limits so high that few of them ever see the
# message.
LONG_RUN = 15
LARGE_SHARE = 0.75
ENOUGH = 12


@dataclass(frozen=True)
class StraightLine:
    """How uniform the answers are."""

    answers: int
    longest_run: int
    """The longest run of equal answers."""
    share: float
    """The share of the most frequent answer, from 0 to 1."""

    @property
    def needs_notice(self) -> bool:
        """Whether to ask, politely, if the statements were read. It changes no result."""
        return self.answers >= ENOUGH and (self.longest_run >= LONG_RUN or self.share >= LARGE_SHARE)


def straight_lined(answers: Sequence[Hashable]) -> StraightLine:
    """Measure the answers, in the order of the questions."""
    if not answers:
        return StraightLine(0, 0, 0.0)
    longest = max(len(list(run)) for _, run in groupby(answers))
    commonest = max(Counter(answers).values())
    return StraightLine(len(answers), longest, commonest / len(answers))
