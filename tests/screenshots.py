"""`bin/screenshots`: pages of a server with demo data as people see them, in light, dark and on a phone, and on paper."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from config import ROOT, Settings
from models.secrets import pkce_challenge
from models.text import ENGLISH, languages
from tests.bench.server import running
from tests.browser import FLAGS
from tests.machine import chromium

IMAGES = ROOT / "docs/images"
OWNER = "owner@example.com"
PASSWORD = "a password for pictures"
CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 64
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[\w-]{30,}")
NOT_PAGES = re.compile(r"/(static|export|template|verifier)\b|\.csv$|/sign-out")


@dataclass(frozen=True)
class Look:
    """A way that people look at pages."""

    name: str
    width: int
    height: int
    options: dict[str, Any]


LOOKS = (
    Look("light", 1280, 800, {}),
    Look("dark", 1280, 800, {"color_scheme": "dark"}),
    Look("phone", 390, 844, {"has_touch": True, "is_mobile": True, "device_scale_factor": 2}),
)

Way = Callable[[Page, str], None]


def main() -> None:
    asked = arguments()
    asked.directory.mkdir(parents=True, exist_ok=True)
    with product() as origin, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS, chromium_sandbox=False)
        for look in LOOKS:
            with window(browser, look, origin, asked.language) as page:
                take = every_page if asked.every else pages_of_the_documents
                for name in take(page, origin):
                    file = asked.directory / f"{name}-{look.name}.png"
                    page.screenshot(path=file, full_page=asked.every, animations="disabled", scale="css")
                    if asked.every and look is LOOKS[0]:
                        page.pdf(path=file.with_suffix(".pdf"), format="A4")
                    sys.stdout.write(f"{file}\n")
        browser.close()


def arguments() -> Namespace:
    parser = ArgumentParser(prog="bin/screenshots", description=__doc__)
    parser.add_argument("directory", nargs="?", type=Path, default=IMAGES, help="where to (default: docs/images)")
    parser.add_argument("--every", action="store_true", help="every page that links lead to, in full, and printed")
    parser.add_argument("--language", default=ENGLISH, choices=languages(), help="of the pages (default: en)")
    asked = parser.parse_args()
    if asked.every and asked.directory == IMAGES:
        parser.error("--every takes hundreds of pictures: name a directory for them")
    if not chromium():
        parser.error("no Chromium (Debian: apt install chromium); CHROMIUM=/path/to/chromium names another")
    return asked


@contextmanager
def product() -> Iterator[str]:
    """The origin of a server with demo data, gone after the block."""
    with tempfile.TemporaryDirectory(prefix="profile-pictures-") as directory:
        settings = Settings.from_environ(
            {
                "SECRET_KEY": "s" * 50,
                "PUBLIC_URL": f"http://127.0.0.1:{free_port()}",
                "DATABASE_URL": f"sqlite:///{directory}/profile.db",
            }
        )
        environment = os.environ | {
            name.upper(): getattr(settings, name) for name in ("secret_key", "public_url", "database_url")
        }
        for command in (["db", "upgrade"], ["demo", "--password", PASSWORD]):
            flask = [sys.executable, "-m", "flask", "--app", "app", *command]
            subprocess.run(flask, cwd=ROOT, env=environment, check=True, capture_output=True)
        with running(settings, Path(directory, "server.log")) as server:
            server.seconds_until(f"GET /healthz HTTP/1.1\r\nHost: {settings.host}\r\n\r\n".encode(), b"ok")
            yield settings.public_url


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def window(browser: Browser, look: Look, origin: str, language: str) -> Iterator[Page]:
    """A browser in which the demo's Owner is signed in and reads in this language."""
    size = ViewportSize(width=look.width, height=look.height)
    context = browser.new_context(
        viewport=size, base_url=origin, reduced_motion="reduce", locale=language, **look.options
    )
    page = context.new_page()
    page.goto("/sign-in")
    page.fill("[name=email]", OWNER)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/dashboard*")
    yield page
    context.close()


def pages_of_the_documents(page: Page, origin: str) -> Iterator[str]:
    """Open each page that the documents show, and say its name."""
    for name, address in {
        "home": "/dashboard",
        "profiles": "/profiles",
        "connected-apps": "/settings/connections",
        "audit-log": "/settings/audit",
        "connect": "/settings/connections/new",
        "team": "/reporting/group",
    }.items():
        page.goto(address)
        yield name
    page.goto("/profiles")
    page.locator("main th a").first.click()
    yield "report"
    page.goto(consent_address(page, origin))
    yield "consent"


def consent_address(page: Page, origin: str) -> str:
    """Where an assistant that has just registered sends its person."""
    client = {"client_name": "Claude", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
    registered = page.request.post("/register", data=client).json()
    asked = {
        "response_type": "code",
        "client_id": registered["client_id"],
        "redirect_uri": CALLBACK,
        "scope": "profiles:read profiles:write tags:manage account:read account:write",
        "code_challenge": pkce_challenge(VERIFIER),
        "code_challenge_method": "S256",
        "resource": f"{origin}/mcp",
        "state": "pictures",
    }
    return f"{origin}/authorize?{urlencode(asked)}"


def every_page(page: Page, origin: str) -> Iterator[str]:
    """Open one page of each kind that links lead to, and say its name."""
    page.goto(consent_address(page, origin))
    yield "authorize"
    waiting, seen = ["/dashboard"], {"dashboard"}
    while waiting:
        response = page.goto(waiting.pop(0))
        if response is None or "text/html" not in response.headers.get("content-type", ""):
            continue
        yield name_of(response.url)
        for link in json.loads(page.evaluate("JSON.stringify([...document.links].map(link => link.href))")):
            address = urljoin(response.url, link)
            if address.startswith(f"{origin}/") and not NOT_PAGES.search(address) and name_of(address) not in seen:
                seen.add(name_of(address))
                waiting.append(address)


def name_of(address: str) -> str:
    """The name of this kind of page: its path, in which every id is the same."""
    return ID.sub("id", urlsplit(address).path).strip("/").replace("/", "-") or "start"


if __name__ == "__main__":
    main()
