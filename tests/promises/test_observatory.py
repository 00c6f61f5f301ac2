"""What MDN's HTTP Observatory would say of every answer, computed here by its published rules.

The rules are those of https://developer.mozilla.org/en-US/observatory/docs/tests_and_scoring, as they were in November 2026: a score
begins at 100, and each header adds or takes. Extra credit counts only from 90 on. They are made for pages; programs' answers are held to
the part of them that protects against a browser that is led there.
"""

# ruff: noqa: F811 (fixtures of another file)
from __future__ import annotations

import re
from dataclasses import replace
from http.cookies import SimpleCookie

import pytest

from app import create_app
from blueprints.auth.access_control import MACHINE, access_of, public
from blueprints.auth.sessions import KEY as SIGNED_IN
from models.assessments.invitation import AssessmentInvitation
from models.database.base import db
from models.database.tenancy import in_account
from tests.fixtures.people import start_session
from tests.markup import read
from tests.pages import TOKEN
from tests.promises.test_safe_methods import browser, ids  # noqa: F401 (fixtures)

pytestmark = pytest.mark.only("sqlite")

ORIGIN = "https://profile.example"
A_PLUS = 100
SIX_MONTHS = 15_552_000
BROAD = {"*", "http:", "https:", "ftp:", "http://*", "https://*", "http://*.*", "https://*.*"}
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
# Exceptions, of ten points: apps that connect people in a pop-up would lose sight of it. These are the pages on that way.
KEEP_THEIR_OPENER = {
    "/authorize",
    "/authorize/<secret>",
    "/sign-in",
    "/sign-in/again",
    "/sign-in/again/passkey",
    "/sign-in/passkey",
    "/sign-in/second-step",
    "/sign-in/second-step/passkey",
    "/sign-up",
}
ALL_OF_IT = 145
"""100, and all the extra credit but that for COEP: nothing of ours needs to be isolated from what it loads itself."""


def policy_of(header: str) -> dict[str, set[str]]:
    parts = [part.split() for part in header.split(";") if part.strip()]
    assert len({name for name, *_ in parts}) == len(parts), "a directive twice"
    return {name: set(map(str.lower, values)) for name, *values in parts}


def score_of_policy(header: str | None) -> int:
    if header is None:
        return -25
    policy = policy_of(header)
    by_default = policy.get("default-src", {"*"})
    script, style, objects = (policy.get(name, by_default) for name in ("script-src", "style-src", "object-src"))
    sources = set().union(*policy.values())
    if script & (BROAD | {"'unsafe-inline'", "data:"}) or objects & BROAD:
        return -20
    if any(source.startswith(("http:", "ftp:")) for source in sources):
        return -20
    if "'unsafe-eval'" in script | style:
        return -10
    if style & (BROAD | {"'unsafe-inline'", "data:"}):
        return 0
    return 10 if by_default == {"'none'"} else 5


def score_of_transport(header: str | None) -> int:
    found = re.search(r"max-age=(\d+)", header or "")
    return -20 if not found else 0 if int(found[1]) >= SIX_MONTHS else -10


def score_of_cookies(headers: list[str], hsts: int) -> int:
    worst = [5] if headers else [0]
    for header in headers:
        for name, cookie in SimpleCookie(header).items():
            login = "login" in name.lower() or "sess" in name.lower()
            if not cookie["secure"]:
                worst.append((-10 if login else -5) if hsts == 0 else (-40 if login else -20))
            if login and not cookie["httponly"]:
                worst.append(-30)
            if cookie["samesite"].lower() not in {"lax", "strict"}:
                worst.append(-20 if "csrf" in name.lower() or cookie["samesite"] else 0)
    return min(worst)


def score_of_scripts(answer) -> int:
    """Subresource integrity: what is loaded from elsewhere must say its hash. Nothing is."""
    if answer.mimetype != "text/html" or not answer.data:
        return 0
    sources = [script.attributes.get("src", "/") for script in read(answer.text).all("script")]
    return 0 if all(re.match(r"/(?!/)", source) for source in sources) else -50


def score(answer) -> dict[str, int]:
    """What each rule adds or takes."""
    headers, transport = answer.headers, score_of_transport(answer.headers.get("Strict-Transport-Security"))
    policy = headers.get("Content-Security-Policy")
    framed = policy is not None and "frame-ancestors" in policy_of(policy)
    framed |= headers.get("X-Frame-Options", "").lower() in {"deny", "sameorigin"}
    referrer = headers.get("Referrer-Policy")
    universal = headers.get("Access-Control-Allow-Credentials") is not None and "Access-Control-Allow-Origin" in headers
    return {
        "content-security-policy": score_of_policy(policy),
        "cookies": score_of_cookies(headers.getlist("Set-Cookie"), transport),
        "cors": -50 if universal else 0,
        "cross-origin-opener-policy": 10 if headers.get("Cross-Origin-Opener-Policy") == "same-origin" else 0,
        "cross-origin-resource-policy": 10 if headers.get("Cross-Origin-Resource-Policy") == "same-origin" else 0,
        "redirection": 0 if headers.get("Location", "/").startswith(("/", ORIGIN)) else -20,
        "referrer-policy": 0 if referrer is None else 5 if referrer in PRIVATE else -5,
        "strict-transport-security": transport,
        "subresource-integrity": score_of_scripts(answer),
        "x-content-type-options": 0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        "x-frame-options": 5 if framed else -20,
    }


def total(scores: dict[str, int]) -> int:
    lost = sum(value for value in scores.values() if value < 0)
    return 100 + lost + (sum(value for value in scores.values() if value > 0) if lost >= -10 else 0)


@pytest.fixture
def secure(app, settings):
    """The same app on the same data, at an https address as people have it."""
    app = create_app(replace(settings, public_url=ORIGIN))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def windows(secure, alice):
    """A browser that is not signed in, and one in which Alice is."""
    stranger, hers = secure.test_client(), secure.test_client()
    with secure.app_context():
        secret = start_session(alice, "tests")
    with hers.session_transaction(base_url=ORIGIN) as cookie:
        cookie[SIGNED_IN] = secret
    return stranger, hers


def addresses(app, ids, *, machine):
    adapter = app.url_map.bind("profile.example")
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static" and (access_of(app.view_functions[rule.endpoint]) == MACHINE) == machine:
            for method in sorted({"GET", "POST"} & (rule.methods or {"GET", "POST"})):
                values = {name: ids.get(name, "x") for name in rule.arguments}
                yield rule.rule, method, adapter.build(rule.endpoint, values, method=method)


@pytest.mark.asvs("3.2.1", "3.3.2", "3.4.1", "3.4.4")
def test_every_page_has_a_plus_and_all_that_can_be_had(secure, ids, windows):
    below, answered = [], set()
    for rule, method, path in addresses(secure, ids, machine=False):
        for window in windows if method == "GET" else windows[:1]:
            answer = window.open(path, method=method, base_url=ORIGIN)
            scores = score(answer)
            answered.add(answer.status_code)
            least = (
                ALL_OF_IT
                - (0 if answer.headers.getlist("Set-Cookie") else 5)
                - (10 if rule in KEEP_THEIR_OPENER else 0)
            )
            if total(scores) < least:
                below.append(f"{method} {rule} {answer.status_code}: {total(scores)} {scores}")
    assert not below, "\n".join(below)
    assert {200, 302, 400, 404} <= answered


@pytest.mark.asvs("16.5.1")
def test_pages_of_errors_have_it_too_and_files_have_a_plus(secure, windows, monkeypatch):
    def fail():
        raise ZeroDivisionError

    monkeypatch.setitem(secure.view_functions, "accounts.forgot", public(fail))
    for window in windows:
        for path, status in {"/nothing": 404, "/forgot-password": 500, "/static/x/no.css": 404}.items():
            answer = window.get(path, base_url=ORIGIN)
            assert (answer.status_code, total(score(answer)) >= ALL_OF_IT - 5) == (status, True), path
            assert "ZeroDivision" not in answer.text
    assert total(score(windows[0].put("/profiles", base_url=ORIGIN))) >= ALL_OF_IT - 5
    page = windows[0].get("/sign-in", base_url=ORIGIN).text
    for name in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        answer = windows[0].get(name, base_url=ORIGIN)
        assert (answer.status_code, total(score(answer)) >= A_PLUS) == (200, True), name


@pytest.mark.asvs("3.3.1")
def test_every_cookie_has_a_name_that_no_other_host_can_set(secure, alice):
    with secure.app_context(), in_account(alice.account_id):
        link = AssessmentInvitation.invite(alice.account_id, "ana@example.com", by=alice.member_id).link.secret
        db.session.commit()
    window = secure.test_client()
    page = window.get(f"/a/{link}?language=de", base_url=ORIGIN)
    fields = {"csrf_token": TOKEN.search(page.text)[1], "agreed": "y"}
    begun = window.post(f"/a/{link}/agreement", data=fields, base_url=ORIGIN, headers={"Referer": f"{ORIGIN}/a/{link}"})
    signed_in = window.get("/sign-in", base_url=ORIGIN)
    set_ = [cookie for answer in (page, begun, signed_in) for cookie in answer.headers.getlist("Set-Cookie")]
    names = {cookie.partition("=")[0] for cookie in set_}
    assert names == {"__Host-profile", "__Host-language", "__Secure-profile-sitting"}
    assert all("Secure" in cookie and "SameSite=Lax" in cookie for cookie in set_)
    # The browser is known again by it.
    assert window.get(f"/a/{link}", base_url=ORIGIN).location


@pytest.mark.asvs("3.2.1", "3.4.1", "3.4.4", "4.1.1")
def test_what_programs_get_cannot_be_sniffed_framed_or_read_with_cookies(secure, ids, windows):
    """JSON has no policy of its own: nothing in it can run, as long as browsers take it for what it is."""
    for rule, method, path in addresses(secure, ids, machine=True):
        for window in windows:
            answer = window.open(path, method=method, base_url=ORIGIN, headers={"Origin": "https://evil.example"})
            scores = score(answer)
            assert scores["strict-transport-security"] == scores["x-content-type-options"] == scores["cors"] == 0, rule
            assert "Set-Cookie" not in answer.headers, rule
            assert answer.mimetype in {"application/json", "text/plain", "", None} or total(scores) >= A_PLUS, rule


def test_this_would_notice(secure, windows):
    answer = windows[0].get("/sign-in", base_url=ORIGIN)
    for name, value, lost in (
        ("Content-Security-Policy", "default-src 'self' 'unsafe-inline'", 30),
        ("Strict-Transport-Security", "max-age=60", 10),
        ("X-Content-Type-Options", "", 5),
        ("Referrer-Policy", "unsafe-url", 10),
        ("Set-Cookie", "session=x; HttpOnly; SameSite=Lax", 15),
    ):
        kept = answer.headers.copy()
        before = sum(score(answer).values())
        answer.headers[name] = value
        assert before - sum(score(answer).values()) >= lost, name
        answer.headers.clear()
        answer.headers.extend(kept)
