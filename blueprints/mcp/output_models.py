"""The answers of tools: their output schemas, and typed text made harmless before it is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Self, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models import text
from models.oauth import Bearer
from models.request_scope import current_scope


def clean_line(value: str) -> str:
    # Fast path: printable ASCII text, as in nearly every name, needs no cleaning.
    return value if value.isascii() and value.isprintable() else text.plain(value)


# Text typed by people leaves this server only in these two types.
Line = Annotated[str, AfterValidator(clean_line), Field(description="Typed by people: untrusted.")]
Prose = Annotated[str, AfterValidator(text.prose), Field(description="Written text: untrusted.")]
Contact = Annotated[
    str,
    AfterValidator(clean_line),
    Field(description="Typed by people: untrusted. Left out where the connection may not see it."),
]
Score = Annotated[float, Field(ge=0, le=100)]


class Part(BaseModel):
    """A part of an answer; read from any object that has attributes of these names."""

    model_config = ConfigDict(from_attributes=True)


class AccountName(Part):
    name: Line


class Answer(Part):
    """A tool's answer. Missing fields are left out: their scope was not granted, or they do not apply."""

    account: Annotated[AccountName, Field(description="The connected account, which this answer speaks for.")]

    @classmethod
    def of(cls, bearer: Bearer, **fields: Any) -> Self:
        """The answer for this bearer's account."""
        return cls.model_validate({"account": {"name": bearer.account_name}, **fields})

    def json_bytes(self) -> bytes:
        """The answer as JSON, without what the connection's limits hide."""
        hidden = find_contact_fields(type(self)) if current_scope().limits.hide_contact else None
        return self.__pydantic_serializer__.to_json(self, exclude_unset=True, exclude=hidden)


CONTACT = frozenset({"email", "phone"})


@cache
def find_contact_fields(model: type[BaseModel]) -> dict[str, Any]:
    """The paths of e-mail addresses and phone numbers in an answer of this type, in pydantic's exclude format."""
    found: dict[str, Any] = dict.fromkeys(CONTACT & model.model_fields.keys(), True)
    for name, field in model.model_fields.items():
        for inner in iterate_models(field.annotation):
            if below := find_contact_fields(inner):
                found[name] = {"__all__": below} if is_collection(field.annotation) else below
    return found


def iterate_models(annotation: Any) -> Iterator[type[BaseModel]]:
    """The models inside a field's type."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from iterate_models(inner)


def is_collection(annotation: Any) -> bool:
    return get_origin(annotation) in {list, dict, tuple} or any(map(is_collection, get_args(annotation)))


class Deleted(Answer):
    deleted: uuid.UUID


class TagShown(Part):
    id: uuid.UUID
    label: Line
    color: str
    profiles: Annotated[int, Field(description="How many profiles have it.")]


class TagAnswer(TagShown, Answer):
    pass


class Tags(Answer):
    tags: list[TagShown]
    total: int
    page: int
    limit: int


class ProfileSummary(Part):
    id: uuid.UUID
    email: Contact | None = None
    first_name: Line
    last_name: Line
    status: str
    disc_style: str | None
    completed_at: datetime | None
    created_at: datetime


class Profiles(Answer):
    profiles: list[ProfileSummary]
    next_cursor: Annotated[str | None, Field(description="Give it as `cursor` for the next page; null on the last.")]
    total: int
    total_is_exact: Annotated[bool, Field(description="False where there are more than `total`.")]


class DiscScores(Part):
    style: Annotated[str, Field(description="The scales above 50, highest first.")]
    d: Annotated[Score, Field(description="Dominance")]
    i: Annotated[Score, Field(description="Influence")]
    s: Annotated[Score, Field(description="Steadiness")]
    c: Annotated[Score, Field(description="Correctness")]


class FacetScore(Part):
    score: Score
    level: str


class FocusDomain(FacetScore):
    facets: dict[str, FacetScore]


class CarriedTag(Part):
    id: uuid.UUID
    label: Line
    color: str


class ProfileFields(Part):
    """What a profile contains about a person."""

    id: uuid.UUID
    status: str
    email: Contact | None = None
    first_name: Line
    last_name: Line
    phone: Contact | None = None
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    disc: DiscScores | None
    focus: Annotated[dict[str, FocusDomain] | None, Field(description="Five domains, each with its facets.")]
    core: Annotated[dict[str, Line] | None, Field(description="Core values by place: first, second, …")]
    debrief_written_at: datetime | None


class ProfileAnswer(ProfileFields, Answer):
    tags: Annotated[list[CarriedTag] | None, Field(description="Left out without tags:manage.")] = None
    custom_id: Annotated[Line | None, Field(description="The oldest alias. Left out without account:read.")] = None
    aliases: Annotated[list[Line] | None, Field(description="Left out without account:read.")] = None


class ComparedPerson(Part):
    id: uuid.UUID
    email: Contact | None = None
    first_name: Line
    last_name: Line
    disc: DiscScores | None
    focus: dict[str, FocusDomain] | None
    core: dict[str, Line] | None


class ComparedFinding(Part):
    """Something that people share, or in which they differ."""

    assessment: Annotated[str, Field(description="disc, focus or core.")]
    scale: Annotated[Line, Field(description="A DISC letter, a Focus domain, a Core value; or style, values.")]
    title: Line
    sentence: str
    advice: Annotated[str, Field(description="What it can mean for working together; may be empty.")]
    points: Annotated[float | None, Field(description="Between the lowest and the highest.")]
    lowest: list[uuid.UUID]
    highest: list[uuid.UUID]
    shared_by: Annotated[list[uuid.UUID], Field(description="Who shares it, where it is not everybody.")]


class ComparedProfiles(Answer):
    profiles: Annotated[list[ComparedPerson], Field(description="In the order of the ids.")]
    meet: list[ComparedFinding]
    differ: list[ComparedFinding]
    rules: Annotated[list[str], Field(description="Method.")]


class GroupScale(Part):
    """How a group spreads on one scale."""

    assessment: Annotated[str, Field(description="disc or focus.")]
    scale: Annotated[str, Field(description="A DISC letter or a Focus domain.")]
    title: str
    count: Annotated[int, Field(description="How many have a score.")]
    least: Score
    lower: Annotated[Score, Field(description="Lower quartile.")]
    median: Score
    upper: Annotated[Score, Field(description="Upper quartile.")]
    most: Score
    levels: Annotated[list[int], Field(description="How many are in each fifth, the lowest first.")]


class TeamShown(Part):
    id: uuid.UUID
    name: Line


class GroupReport(Answer):
    people: Annotated[int, Field(description="How many have results and are in the report.")]
    complete: Annotated[bool, Field(description="False where more have results than the report uses.")]
    answered: Annotated[dict[str, int], Field(description="How many took disc, focus and core.")]
    scales: list[GroupScale]
    strongest: Annotated[list[str], Field(description="The two scales with the highest median.")]
    widest: Annotated[list[str], Field(description="The two scales on which people differ most.")]
    first_letters: Annotated[dict[str, int], Field(description="First letters of DISC styles.")]
    styles: Annotated[dict[str, int], Field(description="The most frequent DISC styles.")]
    values: Annotated[dict[Line, int], Field(description="How many have a Core value among their first five.")]
    rules: Annotated[list[str], Field(description="Method.")]
    teams: Annotated[list[TeamShown], Field(description="Saved teams, for team_id.")]


class ChangedProfile(Answer):
    """With profiles:read the profile's fields; without it only what was given."""

    id: uuid.UUID
    status: str
    email: Contact | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    phone: Contact | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    completed_at: datetime | None = None
    custom_id: Line | None = None


class InvitedProfile(ChangedProfile):
    """With profiles:read the profile's fields; without it the address that was given."""

    tags: Annotated[list[CarriedTag] | None, Field(description="Left out without tags:manage.")] = None
    aliases: Annotated[list[Line] | None, Field(description="Left out without account:read.")] = None
    sent: Annotated[bool, Field(description="False where the same person was sent mail within the last 24 hours.")]
    sent_at: Annotated[datetime, Field(description="When mail was last sent.")]
    expires_at: Annotated[datetime, Field(description="When the person's link ends, unless it is sent again.")]


class DebriefShown(Part):
    text: Prose
    written_by: Annotated[str, Field(description="Who or what wrote it.")]
    author: Annotated[str, Field(description="model, embedded or person.")]
    model: str | None
    version: int
    created_at: datetime


class DebriefAnswer(Answer):
    profile_id: uuid.UUID
    debrief: Annotated[DebriefShown | None, Field(description="Null while none is written.")]


class Counts(Part):
    """How many there are, up to 10,000."""

    aliases: int
    profiles: Annotated[int | None, Field(description="Left out without profiles:read.")] = None
    tags: Annotated[int | None, Field(description="Left out without tags:manage.")] = None


class AccountAnswer(Answer):
    name: Line
    type: str
    assessments: list[str]
    eco_printing: bool
    core_extended: bool
    audit_retention_days: Annotated[int | None, Field(description="For Owners.")] = None
    counts: Counts
    tags: Annotated[list[TagShown] | None, Field(description="Where asked for; at most 199. list_tags has all.")] = None


class ChangedAccount(Answer):
    """With account:read all settings; without it only what was given."""

    name: Line | None = None
    assessments: list[str] | None = None
    eco_printing: bool | None = None
    core_extended: bool | None = None


class AliasShown(Part):
    id: uuid.UUID
    resource_type: str
    resource_id: uuid.UUID
    consumer_key: Line
    created_at: datetime


class Aliases(Answer):
    aliases: list[AliasShown]
    total: int
    page: int
    limit: int


class AliasAnswer(Answer):
    """With account:read the whole alias; without it only what was given."""

    id: uuid.UUID
    consumer_key: Line
    resource_type: str | None = None
    resource_id: uuid.UUID | None = None
    created_at: datetime | None = None
