"""How the places in a sentence of the audit log are filled: the actor, the app and the things."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from models.audit.action_texts import TEXTS
from models.audit.display_names import Names
from models.audit.entry import MOST_RESOURCES, NEW_NAME, SENT_TOOL, THE_APP, AuditEntry
from models.audit.recorded_words import COLORS, FIELDS, LIMITS, REASONS, ROLES, SETTINGS
from models.audit.resource_kinds import KINDS, Thing
from models.audit.wording import ENGLISH_WORDING, Part, Pieces, Wording, pieces_of
from models.text import gettext_noop as _
from models.text import ngettext_noop

NAMED_AT_MOST = 3

SOMEBODY = _("somebody")
SOMEBODY_GONE = _("somebody whose profile was deleted")
SOMEBODY_HIDDEN = _("somebody you do not see")
ADMINISTRATOR = _("the server administrator")
MEMBER = _("member")
NOTHING = _("nothing")
NO_SETTING = _("nothing in the account's settings")
AN_APP = _("an app")
A_TOOL = _("a tool")
SOMETHING_ELSE = _("something else")
ANOTHER_COLOR = _("another colour")
APP_FOR_PERSON = _("%(app)s (for %(person)s)")
APP_OF_OWNER = _("%(app)s of %(owner)s")
MORE_THAN = _("more than %(number)s")
PEOPLE = ngettext_noop("%(num)s person", "%(num)s people")
PURGED = ngettext_noop(
    "%(num)s entry of the audit log reached the end of retention and was removed",
    "%(num)s entries of the audit log reached the end of retention and were removed",
)
LACKS_ONE = _("it has no %(scopes)s")
LACKS = _("it lacks %(scopes)s")
NOT_ALLOWED = _("it may not")
ENDED = _("its access had ended")
DELETED = _("%(name)s (deleted)")


@dataclass(frozen=True)
class EntryContext:
    """One entry with the names for its sentence, and the language of it."""

    entry: AuditEntry
    names: Names
    remembered: Mapping[str, str]
    wording: Wording = ENGLISH_WORDING

    def fill(self, text: str, without_actor: bool = False, **given: list[Part]) -> list[Part]:
        """A text of the code in this language, with every place filled: by what is given, or from the entry."""
        return self.filled(self.wording.pieces(text, without_actor), given)

    def numbered(self, texts: tuple[str, str], number: int) -> list[Part]:
        """One of two texts of the code, by the number in it."""
        pieces = pieces_of(self.wording.ngettext(*texts, number))
        return self.filled(pieces, {"num": [Part(str(number))]})

    def filled(self, pieces: Pieces, given: Mapping[str, list[Part]]) -> list[Part]:
        parts: list[Part] = []
        for piece in pieces:
            if isinstance(piece, Part):
                parts.append(piece)
            else:
                parts += given[piece] if piece in given else PLACES[piece](self)
        return parts

    def say(self, text: str) -> Part:
        """A text of the code without places."""
        return Part(self.wording.gettext(text))

    def listed(self, texts: Sequence[str]) -> list[Part]:
        """These texts of the code as a list; or that there are none."""
        return joined([[self.say(text)] for text in texts], self.wording) or [self.say(NOTHING)]

    @property
    def app(self) -> str | None:
        """The app's own name at the time of the entry; else its current name, if known."""
        entry = self.entry
        return entry.client_name or self.remembered.get(THE_APP) or self.names.get("connection", entry.connection_id)

    def resources(self, kind: str) -> list[str]:
        """The stored ids of the things of this kind in the entry."""
        return [id_ for this, id_ in self.entry.resources if this == kind]


def resources_of(entry: AuditEntry) -> Iterator[Thing]:
    """The things in an entry, as kinds and ids."""
    for kind, id_ in entry.resources:
        yield kind, uuid.UUID(id_)


def things(kind: str) -> Callable[[EntryContext], list[Part]]:
    """Fill a place with the things of a kind: up to three by name, more by number."""

    known = KINDS[kind]

    def fill(context: EntryContext) -> list[Part]:
        ids = context.resources(kind)
        if not ids:
            return [context.say(known.none)]
        if len(ids) > NAMED_AT_MOST and known.many:
            return counted(context, len(ids), known.many)
        named = [called(context, kind, uuid.UUID(id_)) for id_ in ids]
        if len(named) > 1 and all(part.is_name for part in named):
            return context.fill(known.several, names=joined([[part] for part in named], context.wording))
        each = [context.fill(known.one, name=[part]) if part.is_name else [part] for part in named]
        return joined(each, context.wording)

    return fill


def counted(context: EntryContext, number: int, texts: tuple[str, str]) -> list[Part]:
    parts = context.numbered(texts, number)
    return context.fill(MORE_THAN, number=parts) if context.entry.resource_count > MOST_RESOURCES else parts


def people(context: EntryContext) -> list[Part]:
    """The people of the profiles in the entry, by name alone; else the person invited to the account."""
    ids = context.resources("profile")
    if not ids and context.resources("member_invitation"):
        return things("member_invitation")(context)
    if len(ids) > NAMED_AT_MOST:
        return counted(context, len(ids), PEOPLE)
    each = [[person_of(context, uuid.UUID(id_))] for id_ in ids]
    return joined(each, context.wording) or [context.say(SOMEBODY)]


def person_of(context: EntryContext, profile_id: uuid.UUID) -> Part:
    if name := context.names.get("profile", profile_id):
        return Part(name, is_name=True, thing=("profile", profile_id))
    if ("profile", profile_id) in context.names.hidden:
        return context.say(SOMEBODY_HIDDEN)
    name = context.remembered.get(str(profile_id))
    return Part(name, is_name=True) if name else context.say(SOMEBODY_GONE)


def limits(context: EntryContext) -> list[Part]:
    return context.listed([LIMITS.get(field, field) for field in context.entry.fields])


def scopes(context: EntryContext) -> list[Part]:
    named = [[Part(scope, is_name=True)] for scope in context.entry.values.get("scopes", [])]
    return joined(named, context.wording) or [context.say(NOTHING)]


def purged(context: EntryContext) -> list[Part]:
    return context.numbered(PURGED, context.entry.values.get("entries", 0))


def model(context: EntryContext) -> list[Part]:
    return [Part(str(context.entry.values.get("model")), is_name=True)]


def model_host(context: EntryContext) -> list[Part]:
    return [Part(str(context.entry.values.get("sent_to")))]


def called(context: EntryContext, kind: str, id_: uuid.UUID) -> Part:
    if name := context.names.get(kind, id_):
        return Part(name, is_name=True, thing=(kind, id_))
    known = KINDS[kind]
    if (kind, id_) in context.names.hidden:
        return context.say(known.hidden)
    deleted_here = known.deletion in {context.entry.action, *context.entry.steps}
    if name := context.remembered.get(str(id_)):
        return Part(name if deleted_here else context.wording.gettext(DELETED) % {"name": name}, is_name=True)
    return context.say(known.being_deleted if deleted_here else known.gone)


def who(context: EntryContext) -> list[Part]:
    entry = context.entry
    text = TEXTS.get(entry.action)  # type: ignore[call-overload]
    by_app = (context.app or entry.connection_id) and not (text and text.by_member)
    return context.fill(APP_FOR_PERSON) if by_app else person(context)


def person(context: EntryContext) -> list[Part]:
    entry = context.entry
    if name := context.names.get("member", entry.member_id):
        return [Part(name, is_name=True)]
    # People who answer through an assessment link make a request, but are not signed in.
    by_request = entry.member_id or entry.user_id or entry.request_id
    return [context.say(SOMEBODY if by_request else ADMINISTRATOR)]


def app(context: EntryContext) -> list[Part]:
    return [Part(context.app, is_name=True) if context.app else context.say(AN_APP)]


def new_name(context: EntryContext) -> list[Part]:
    name = context.remembered.get(NEW_NAME)
    return [Part(name, is_name=True) if name else context.say(SOMETHING_ELSE)]


def app_of_owner(context: EntryContext) -> list[Part]:
    owner = context.names.owner(context.entry.connection_id)
    if owner is None or owner == context.entry.member_id:
        return app(context)
    name = context.names.get("member", owner) or context.wording.gettext(SOMEBODY)
    return context.fill(APP_OF_OWNER, owner=[Part(name, is_name=True)])


def tool(context: EntryContext) -> list[Part]:
    name = (
        context.remembered.get(SENT_TOOL)
        or context.entry.tool
        or context.entry.values.get("tool")
        or context.wording.gettext(A_TOOL)
    )
    return [Part(name, is_name=True)]


def action(context: EntryContext) -> list[Part]:
    return [Part(context.entry.action)]


def role(context: EntryContext) -> list[Part]:
    value = str(context.entry.values.get("role") or MEMBER)
    return [context.say(ROLES.get(value, value))]


def color(context: EntryContext) -> list[Part]:
    value = str(context.entry.values.get("color") or ANOTHER_COLOR)
    return [context.say(COLORS.get(value, value))]


def settings(context: EntryContext) -> list[Part]:
    changed = [SETTINGS.get(field, field) for field in context.entry.fields]
    return context.listed(changed or [NO_SETTING])


def fields(context: EntryContext) -> list[Part]:
    return context.listed([FIELDS[field] for field in context.entry.fields if field in FIELDS])


def why(context: EntryContext) -> list[Part]:
    reason, scope = context.entry.reason, context.entry.scope
    if reason == "scope" and scope:
        lacking = [[Part(each)] for each in scope.split()]
        return context.fill(LACKS_ONE if len(lacking) == 1 else LACKS, scopes=joined(lacking, context.wording))
    return [context.say(REASONS.get(reason, reason.replace("_", " ")) if reason else NOT_ALLOWED)]


def why_token(context: EntryContext) -> list[Part]:
    return why(context) if context.entry.reason else [context.say(ENDED)]


def joined(lists: Sequence[list[Part]], wording: Wording) -> list[Part]:
    """Lists of parts joined as in "a, b and c"."""
    if len(lists) < 2:
        return lists[0] if lists else []
    first, *middle, last = lists
    parts = list(first)
    for each in middle:
        parts += [wording.separators["middle"], *each]
    return [*parts, wording.separators["end" if middle else "2"], *last]


PLACES: dict[str, Callable[[EntryContext], list[Part]]] = {
    "who": who,
    "person": person,
    "app": app,
    "app_of_owner": app_of_owner,
    "new_name": new_name,
    "tool": tool,
    "action": action,
    "role": role,
    "settings": settings,
    "fields": fields,
    "color": color,
    "why": why,
    "why_token": why_token,
    "profiles": things("profile"),
    "people": people,
    "model": model,
    "model_host": model_host,
    "limits": limits,
    "scopes": scopes,
    "purged": purged,
    "tags": things("tag"),
    "teams": things("team"),
    "aliases": things("alias"),
    "members": things("member"),
    "invitations": things("member_invitation"),
}
