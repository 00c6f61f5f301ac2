"""Text that is kept: on one line or several, in one Unicode form, without characters that show nothing."""

from __future__ import annotations

import re
import unicodedata

import regex
from babel.numbers import format_decimal
from flask_babel import gettext as _

from models.errors import Invalid
from models.text.languages import current_language, locale_of

# Controls, bidirectional overrides and isolates, zero-width characters, and the tag block: they are invisible and can
# mislead.
INVISIBLE = regex.compile(
    "[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
# The blanks among them: controls, the ends of lines, and letters that are as wide as others. All else has no width.
BLANK = regex.compile("[\u0000-\u001f\u007f-\u009f\u115f\u1160\u180e\u2028\u2029\u3164\uffa0]")
LINE_END = re.compile("\r\n|[\r\u000b\u000c\u0085\u2028\u2029]")
CONTROLS_BUT_NEWLINES = re.compile(
    "[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
# Scripts whose spelling needs U+200C or U+200D inside a word, and pictures that are made of several.
JOINING = "".join(
    rf"\p{{{script}}}"
    for script in """Arabic Syriac Nko Mongolian Devanagari Bengali Gurmukhi Gujarati Oriya Tamil Telugu Kannada Malayalam Sinhala
    Khmer Myanmar""".split()  # noqa: SIM905 (a list would be a line for each)
)
JOINER = regex.compile(
    rf"(?<=[[{JOINING}]&&[\p{{L}}\p{{M}}]])[\u200c\u200d](?=[[{JOINING}]&&\p{{L}}])"
    r"|(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})",
    regex.V1,
)
NEEDLESS = regex.compile(rf"(?!{JOINER.pattern})[\u200c\u200d]", regex.V1)
WITHOUT_WIDTH = regex.compile(rf"[{INVISIBLE.pattern}--{BLANK.pattern}--[\u200c\u200d]]", regex.V1)
CALLED = re.compile(r"[^\W\d_](?:[^\W\d_]|[ ’'-]){0,39}\Z")
HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def plain(value: str) -> str:
    """One line of text without characters that are invisible or change the reading direction."""
    if value.isascii() and value.isprintable():
        return " ".join(value.split())
    return " ".join(unicodedata.normalize("NFC", shown(BLANK.sub(" ", value))).split())


def greeting_name(first_name: str) -> str:
    """A first name to greet somebody by; empty unless it is clearly a name, so that it cannot carry another message."""
    name = plain(first_name)
    return name if CALLED.match(name) else ""


def shown(value: str) -> str:
    """A text without the characters that have no width, such as soft hyphens; joiners stay where a script needs them."""
    left: str = NEEDLESS.sub("", WITHOUT_WIDTH.sub("", value))
    return left


def invisible(value: str) -> bool:
    """Whether a text has characters that show nothing, where its script has no need of them."""
    return len(INVISIBLE.findall(value)) > len(JOINER.findall(value))


def prose(value: str) -> str:
    """Text of several lines without control and direction characters; line breaks stay, and a tab is a space."""
    lines = LINE_END.sub("\n", value).replace("\t", " ")
    return unicodedata.normalize("NFC", CONTROLS_BUT_NEWLINES.sub("", lines)).strip()


def line(field: str, value: str | None, longest: int, called: str, *, required: bool = False) -> str:
    """A field of one line, cleaned and with a maximum length; raises `Invalid` with a sentence that names the field."""
    text = plain(value or "")
    if required and not text:
        raise Invalid(field, _("%(called)s is required.", called=called))
    if len(text) > longest:
        raise Invalid(field, too_long(called, text, longest))
    return text


def too_long(called: str, text: str, longest: int) -> str:
    """Says how long a text may be, and how long it is."""
    locale = locale_of(current_language())
    return str(
        _(
            "%(called)s can have at most %(longest)s characters. This one has %(length)s.",
            called=called,
            longest=format_decimal(longest, locale=locale),
            length=format_decimal(len(text), locale=locale),
        )
    )


def key(value: str) -> str:
    """The form in which names are compared, regardless of case and of how accents are encoded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())


def spaced(name: str) -> str:
    """A camel-case name as words: `emotionalAwareness` → "Emotional awareness"."""
    return HUMP.sub(lambda hump: f" {hump[1].lower()}", name).capitalize()
