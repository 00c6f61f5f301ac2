"""The catalogues of translations/: what the code says, and what is wrong with a translation of it."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir, extract_python
from babel.messages.pofile import read_po, write_po

from models.instruments.registry import with_texts
from models.instruments.scales import DISC_SCALES, NAMES
from models.text import ENGLISH, TRANSLATIONS, locale_of, spaced

ROOT = TRANSLATIONS.parent
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
    "ngettext_noop": (1, 2),
}
# Templates are read as the app reads them (blueprints/web/template_filters.py).
JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
PLACEHOLDER = re.compile(r"%\((\w+)\)")
# With an ordinary space, a line can begin with the sign, or end with the quotation mark.
LOOSE_SIGNS = {"fr": re.compile(r" [:;?!](?!\S)|«(?!\u00a0)|(?<!\u00a0)»")}
# Files that are nothing but texts.
PROSE = (
    *(f"models/reports/text/{name}.py" for name in ("approach", "domains", "headlines", "styles", "values", "words")),
    *(f"models/debriefs/text/{name}.py" for name in ("core_values", "disc", "disc_focus_pairs", "focus")),
)


def messages_in_code() -> Catalog:
    """Everything that the code marks for translation, without translations."""
    found = Catalog()
    methods: list[Any] = [
        ("models/instruments/*.json", texts_of_instrument),
        ("models/scopes.py", texts_of_scopes),
        ("models/permissions.py", texts_of_scopes),
        *((file, texts_of_prose) for file in PROSE),
        ("blueprints/mcp/tools/*.py", texts_of_tools),
        ("models/**.py", texts_of_module),
        ("blueprints/**.py", texts_of_module),
        ("templates/**.*", "jinja2.ext:babel_extract"),
    ]
    every: Iterator[tuple[Any, ...]] = extract_from_dir(
        ROOT, methods, {"templates/**.*": JINJA}, KEYWORDS, directory_filter=is_read
    )
    for file, _line, message, comments, context in every:
        found.add(message, locations=[(Path(file).as_posix(), 0)], auto_comments=comments, context=context)
    for name in (*map(spaced, NAMES), *DISC_SCALES.values()):
        found.add(name, locations=[("models/instruments/scales.py", 0)])
    return found


def is_read(folder: str) -> bool:
    return not Path(folder).name.startswith((".", "_")) and Path(folder).relative_to(ROOT).parts[:1] in {
        (),
        ("models",),
        ("blueprints",),
        ("templates",),
    }


def texts_of_module(file: IO[bytes], *given: Any, **options: Any) -> Any:
    """The marked texts of a Python file. Most have none, and are not worth reading token by token."""
    marks = b"gettext" in file.read()
    file.seek(0)
    return extract_python(file, *given, **options) if marks else ()


def texts_of_instrument(file: IO[bytes], *_given: Any, **_options: Any) -> Iterator[tuple[Any, ...]]:
    """The texts of an instrument, each in the context of its key: two instruments may mean different things by one word."""
    data, found = json.load(file), list[str]()

    def note(text: str) -> str:
        found.append(text)
        return text

    with_texts(data, note)
    for text in found:
        yield 0, "pgettext", (data["key"], text), []


def texts_of_scopes(file: IO[bytes], *_given: Any, **_options: Any) -> Iterator[tuple[Any, ...]]:
    """The texts of each scope, which pages translate where they show it."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Scope":
            for text in node.args[1:]:
                yield 0, "gettext", ast.literal_eval(text), []


def texts_of_tools(file: IO[bytes], *_given: Any, **_options: Any) -> Iterator[tuple[Any, ...]]:
    """The title of each tool."""
    for node in ast.walk(ast.parse(file.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tool":
            for given in node.keywords:
                if given.arg == "title":
                    yield 0, "gettext", ast.literal_eval(given.value), []


def texts_of_prose(file: IO[bytes], *_given: Any, **_options: Any) -> Iterator[tuple[Any, ...]]:
    """The prose of reports and debriefs: everything that a file holds as a text, or in a table, but the keys of tables."""
    for node in ast.parse(file.read()).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            name = node.targets[0] if isinstance(node, ast.Assign) else node.target
            for text in prose_in(node.value) if isinstance(name, ast.Name) else ():
                yield 0, "gettext", text, []


def prose_in(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.Dict | ast.Tuple):
        for value in node.values if isinstance(node, ast.Dict) else node.elts:
            yield from prose_in(value)


def path_of(language: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def catalogue_of(language: str) -> Catalog:
    """The catalogue of this language; empty for a language that is new."""
    if not path_of(language).exists():
        return Catalog(locale=language)
    with path_of(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> None:
    """Bring a catalogue up to date: new messages without a translation, and none that the code no longer has."""
    catalogue = catalogue_of(language)
    begun = catalogue.creation_date
    catalogue.update(messages_in_code(), no_fuzzy_matching=True)
    write(language, catalogue, begun)


def write(language: str, catalogue: Catalog, begun: Any) -> None:
    """Write a catalogue so that a difference shows what changed, and nothing else."""
    catalogue.fuzzy, catalogue.project, catalogue.version = False, "Profile", "1"
    catalogue.header_comment = (
        f"# Profile in {locale_of(language).get_language_name(ENGLISH)}: see docs/translating.md."
    )
    catalogue.creation_date = catalogue.revision_date = begun
    path_of(language).parent.mkdir(parents=True, exist_ok=True)
    with path_of(language).open("wb") as file:
        write_po(file, catalogue, include_lineno=False, ignore_obsolete=True, width=120)


def faults_of(language: str) -> list[str]:
    """What is wrong with a catalogue: what it lacks, what is of no use, and what does not fit."""
    catalogue, wanted = catalogue_of(language), messages_in_code()
    known = {(message.context, message.id) for message in catalogue if message.id}
    needed = {(message.context, message.id) for message in wanted if message.id}
    lacking = [f"lacks {said(id_)}" for _context, id_ in needed - known]
    useless = [f"has {said(id_)}, which the code does not" for _context, id_ in known - needed]
    wrong = [fault for message in catalogue if message.id for fault in faults_in(message, catalogue)]
    return sorted(lacking) + sorted(useless) + wrong


def faults_in(message: Message, catalogue: Catalog) -> Iterator[str]:
    translated = strings_of(message.string)
    if message.fuzzy:
        yield f"is not sure about {said(message.id)}"
    if not all(translated):
        yield f"does not translate {said(message.id)}"
    elif any(placeholders(message.id) != placeholders(text) for text in translated):
        yield f"has other placeholders in {said(message.id)}"
    else:
        yield from (f"{problem}: {said(message.id)}" for problem in message.check(catalogue))
    loose = LOOSE_SIGNS.get(str(catalogue.locale))
    if loose and any(map(loose.search, translated)):
        yield f"lacks a no-break space in {said(message.id)}"


def placeholders(text: Any) -> set[str]:
    # A singular may say "one" instead of the number.
    return {name for each in strings_of(text) for name in PLACEHOLDER.findall(each)} - {"num", "count"}


def strings_of(text: Any) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def said(id_: Any) -> str:
    return json.dumps(strings_of(id_)[0], ensure_ascii=False)
