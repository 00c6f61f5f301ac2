"""The name of a browser, from its User-Agent header: for people who check where they are signed in."""

from __future__ import annotations

from flask_babel import gettext as _

# The first match counts: most browsers also name their ancestors.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str | None) -> str:
    """As it is stored, in English: "Firefox on Windows"; "A browser" if nothing is known."""
    browser, system = browser_and_system(user_agent)
    browser = browser or "A browser"
    return f"{browser} on {system}" if system else browser


def browser_in_words(user_agent: str | None) -> str:
    """The same in the reader's language."""
    browser, system = browser_and_system(user_agent)
    browser = browser or _("A browser")
    return _("%(browser)s on %(system)s", browser=browser, system=system) if system else browser


def browser_and_system(user_agent: str | None) -> tuple[str, str]:
    """The names of both, each empty if unknown."""
    said = user_agent or ""
    browser = next((name for mark, name in BROWSERS if mark in said), "")
    return browser, next((name for mark, name in SYSTEMS if mark in said), "")
