"""A tool call in progress."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

Resource = tuple[str, uuid.UUID]


@dataclass
class Call:
    """A tool call in progress: everything that models record joins its one entry."""

    tool: str
    scope: str | None = None
    sent: Any = None
    """The tool and the arguments as they were sent, of which only a digest is stored."""
    sent_names: dict[str, str] = field(default_factory=dict)
    """What the app sent in its own words and is stored where it can be erased."""
    resources: list[Resource] = field(default_factory=list)
    people_in_answer: bool = False
    """Whether data of the profiles in it was in the answer."""
    steps: list[str] = field(default_factory=list)
    fields: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    kept: list[Any] = field(default_factory=list)
    """The images by which its changes can be taken back."""
    entry_id: uuid.UUID | None = None
    """The id of its entry, from the first attempt to write it: of several attempts only one can be committed."""

    @property
    def people(self) -> int:
        """How many different profiles are in it."""
        return len({id_ for kind, id_ in self.resources if kind == "profile"})

    def forget(self) -> None:
        """The work was rolled back: nothing was changed or read."""
        for collected in (self.resources, self.steps, self.fields, self.kept):
            collected.clear()
        self.people_in_answer = False
        self.values.clear()
        self.names.clear()
