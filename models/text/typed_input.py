"""What people type into a field of a certain kind, or paste there: one function for each kind, used on every way in."""

from __future__ import annotations

import re
import unicodedata

import idna
import regex
from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from models.errors import Invalid
from models.text.plain_text import INVISIBLE, shown, too_long

# Spaces of any width and what is invisible: they come along when something is copied.
AROUND = regex.compile(rf"\A(?:\s|{INVISIBLE.pattern})+|(?:\s|{INVISIBLE.pattern})+\Z")
BETWEEN = regex.compile(rf"\s|{INVISIBLE.pattern}|\p{{Pd}}|[_.\u2212]")
NAMED_ADDRESS = re.compile(
    r"(?:[^<>@]*<(?:mailto:)?|mailto:)?([^<>@\s]+@[^<>@\s]*[^<>@\s,;])(>?)\s*[,;]?", re.IGNORECASE
)
"""As mail programs copy it: Ana <ana@example.com>, as a link, or with what stands before the next. Two addresses are not one."""
DASH = re.compile("[\u2010-\u2015\u2212]")
SPACES = regex.compile(r"\p{Zs}")
LONGEST, LONGEST_DOMAIN = 254, 255
# As East Asian keyboards type them.
NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def bare(value: str) -> str:
    """Text without what is invisible around it, in one Unicode form."""
    return unicodedata.normalize("NFC", AROUND.sub("", value))


def typed_email(value: str) -> str:
    """An e-mail address as it was meant, right or wrong, without the name before it and the separator after it."""
    text = shown(bare(value)).translate(NARROW)
    found = NAMED_ADDRESS.fullmatch(text)
    return found[1] if found and ("<" in text) == bool(found[2]) else text


def typed_url(value: str) -> str:
    """A web address as it was meant, right or wrong."""
    return bare(value)


def typed_code(value: str) -> str:
    """A code as it was meant: without spaces and dashes, and with the digits 0 to 9 for those of other scripts."""
    return ascii_digits(BETWEEN.sub("", value).translate(NARROW))


def typed_phone(value: str) -> str:
    """A phone number with the digits and signs of a keyboard."""
    return DASH.sub("-", ascii_digits(value.translate(NARROW)))


def typed_password(value: str) -> str:
    """A password in the one form that is hashed, however a keyboard makes its characters (the profile OpaqueString of PRECIS)."""
    return unicodedata.normalize("NFC", SPACES.sub(" ", value))


def ascii_digits(value: str) -> str:
    return value if value.isascii() else "".join(str(unicodedata.decimal(c, c)) for c in value)


def email_address(value: str | None, field: str = "email") -> str:
    """An e-mail address as it will be kept; raises `Invalid`. No DNS is asked, and reserved test domains are taken."""
    text = typed_email(value or "")
    if not text:
        raise Invalid(field, _("Enter an e-mail address."))
    if len(text) > LONGEST:
        raise Invalid(field, too_long(_("An e-mail address"), text, LONGEST))
    try:
        found = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid(field, _("Enter an e-mail address in the form name@example.com.")) from None
    if len(found.normalized) > LONGEST:
        raise Invalid(field, too_long(_("An e-mail address"), found.normalized, LONGEST))
    return found.normalized


def email_key(address: str) -> str:
    """What tells mailboxes apart: `FASS@` is `fass@`, `faß@` is another; the domain by IDNA. Any text has one."""
    local, at, domain = unicodedata.normalize("NFC", typed_email(address).lower()).rpartition("@")
    return local + at + (readable(domain) if at else domain)


def readable(domain: str) -> str:
    """A domain as it is read, without `xn--`."""
    if len(domain) > LONGEST_DOMAIN or (domain.isascii() and "xn--" not in domain):
        return domain
    try:
        return idna.decode(idna.encode(domain, uts46=True))
    except idna.IDNAError:
        return domain
