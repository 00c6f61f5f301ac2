"""The people of the demo: five, with their sign-ins."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path
from secrets import choice, randbelow

from models.accounts import Member, User, check_password
from models.audit import Action
from models.errors import Invalid
from models.identity import LoginSession
from models.secrets import hash_password, password_matches

NAMES = {
    "owner@example.com": "Olivia Hart",
    "manager@example.com": "Marek Nowak",
    "user@example.com": "Uma Patel",
    "outsider@example.com": "Oscar Lindqvist",
    "both@example.com": "Bianca Rossi",
}
WORDS = Path(__file__).parent / "words.txt"


def missing_people() -> list[str]:
    """The addresses of those who do not exist yet."""
    return [email for email in NAMES if User.by_email(email) is None]


def make_people(emails: Collection[str], password: str) -> None:
    """Create the people with these addresses."""
    for email in emails:
        # Created by the usual rules; the requested password may be one that only the demo accepts.
        User.create(email, NAMES[email], new_passphrase()).password_hash = hash_password(password)


def people() -> dict[str, User]:
    """The five, by address."""
    return {email: user for email in NAMES if (user := User.by_email(email))}


def is_demo_person(user: User) -> bool:
    """Whether this is one of the five."""
    return user.email_key in NAMES


def people_with(password: str) -> list[str]:
    """The addresses of those who sign in with this password."""
    return [email for email, user in people().items() if password_matches(user.password_hash, password)]


def set_password(emails: Collection[str], password: str) -> None:
    """Change the password of the people with these addresses, and sign them out everywhere."""
    for email, user in people().items():
        if email in emails:
            user.password_hash = hash_password(password)
            LoginSession.end_all(user.id)
            Member.record_everywhere(Action.PASSWORD_CHANGED, user.id)


def check_for_all(password: str) -> None:
    """Raise `Invalid` unless every one of the five may use this password."""
    for email, name in NAMES.items():
        check_password(password, about=(email, name))


def new_passphrase() -> str:
    """Four words and a number: easy to type, about 45 bits, and valid for all five."""
    while True:
        phrase = "-".join([*(choice(words()) for _ in range(4)), str(1000 + randbelow(9000))])
        try:
            check_for_all(phrase)
        except Invalid:
            continue
        return phrase


@cache
def words() -> tuple[str, ...]:
    """Plain words that are easy to say."""
    return tuple(WORDS.read_text(encoding="utf-8").split())
