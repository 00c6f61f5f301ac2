"""One row of a file, checked: the person, their tags, their custom id and their results."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext

from models.errors import Invalid
from models.profiles.alias import alias_key
from models.profiles.importing.files import Fault, Row
from models.profiles.importing.scores import COLUMNS as SCORE_COLUMNS
from models.profiles.importing.scores import results_of
from models.profiles.profile import first_name_of, last_name_of, phone_of
from models.profiles.tag import tag_label
from models.text import email_address, email_key, key, listed_in

RULES: dict[str, Callable[[str], str]] = {
    "email": email_address,
    "first_name": first_name_of,
    "last_name": last_name_of,
    "phone": phone_of,
    "custom_id": alias_key,
}
COLUMNS = frozenset({*RULES, "tags"}) | SCORE_COLUMNS
TWICE = {
    "email": lazy_gettext("This e-mail address is also on line %(line)s."),
    "custom_id": lazy_gettext("This custom id is also on line %(line)s."),
}


@dataclass
class Draft:
    """A profile that is going to be created."""

    line: int
    texts: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    """Labels by the key that tells them apart."""
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, row: Row) -> Draft:
        """The draft from a row. Its faults are collected, not raised."""
        draft = cls(row.line)
        if "" in row.values:
            draft.wrong.append(row.values[""])
            return draft
        for column, rule in RULES.items():
            draft.read(column, row.values.get(column), rule)
        draft.read_tags(row.values.get("tags"))
        draft.results, wrong = results_of(row.values)
        draft.wrong += wrong
        return draft

    def read(self, column: str, given: Any, rule: Callable[[str], str]) -> None:
        if given is None and column != "email":
            return
        try:
            self.texts[column] = rule(a_text(column, given))
        except Invalid as problem:
            self.wrong.append(f"{column}: {problem.message}")

    def read_tags(self, given: Any) -> None:
        """Labels, in one text with semicolons between them or, in JSON, as a list."""
        labels = given if isinstance(given, list) else listed_in(str(given or ""))
        for each in labels:
            try:
                if text := a_text("tags", each).strip():
                    label = tag_label(text)
                    self.tags[key(label)] = label
            except Invalid as problem:
                self.wrong.append(f"tags: {problem.message}")

    @property
    def faults(self) -> list[Fault]:
        return [Fault(self.line, reason) for reason in self.wrong]

    @property
    def email_key(self) -> str | None:
        """The key that identifies this person."""
        return email_key(self.texts["email"]) if "email" in self.texts else None


def a_text(column: str, given: Any) -> str:
    """A text that both databases accept."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise Invalid(column, _("This must be text."))
    if any("\ud800" <= c <= "\udfff" for c in given):
        raise Invalid(column, _("This has half a character (a lone surrogate)."))
    return given


def name_twins(drafts: Iterable[Draft]) -> None:
    """Mark rows of two people with the same value."""
    seen: dict[tuple[str, str], int] = {}
    for draft in drafts:
        for column, value in (("email", draft.email_key), ("custom_id", draft.texts.get("custom_id"))):
            if value and (line := seen.setdefault((column, value), draft.line)) != draft.line:
                draft.wrong.append(str(TWICE[column]) % {"line": line})
