"""What every answer carries, whoever gives it and however it ends."""

from __future__ import annotations

import re

import pytest

from blueprints.auth.access_control import MACHINE, access_of

PAGES = ["/sign-in", "/sign-up", "/profiles", "/settings/connections", "/nothing-here", "/profiles/7"]


@pytest.fixture
def browser(browser_of, alice):
    return browser_of(alice)


@pytest.mark.asvs("3.4.3", "3.4.5", "14.2.2", "14.3.2")
def test_a_page_runs_only_our_scripts_and_is_kept_by_nobody(browser):
    for path in PAGES:
        carries_them(browser.get(path))


def carries_them(answer):
    policy = dict(part.strip().split(" ", 1) for part in answer.headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert re.fullmatch(r"'nonce-[\w-]{20,}'", policy["script-src"])
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-ID"]


@pytest.mark.parametrize(("path", "policy"), [("/sign-in", None), ("/authorize", None), ("/profiles", "same-origin")])
def test_an_app_that_signs_people_in_by_a_pop_up_keeps_sight_of_it(browser, path, policy):
    assert browser.get(path).headers.get("Cross-Origin-Opener-Policy") == policy


@pytest.mark.asvs("3.4.3")
def test_no_two_answers_share_a_nonce(browser):
    one, other = (browser.get("/profiles").headers["Content-Security-Policy"] for _ in range(2))
    assert one != other


@pytest.mark.asvs("3.4.3")
def test_every_page_of_the_site_carries_them(app, browser):
    for rule in app.url_map.iter_rules():
        if (
            "GET" in (rule.methods or ())
            and not rule.arguments
            and access_of(app.view_functions[rule.endpoint]) != MACHINE
        ):
            answer = browser.get(rule.rule)
            assert answer.status_code < 500, rule.rule
            assert "Content-Security-Policy" in answer.headers, rule.rule


@pytest.mark.asvs("3.3.2", "3.3.4")
def test_the_session_cookie_is_for_this_site_alone_and_out_of_reach_of_scripts(client):
    cookie = client.get("/sign-in").headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert part in cookie
    assert len(cookie) < 4_096


@pytest.mark.asvs("13.4.4")
@pytest.mark.parametrize(
    ("path", "taken"), [("/profiles", "GET, HEAD, OPTIONS"), ("/sign-in", "GET, HEAD, OPTIONS, POST")]
)
def test_a_method_that_a_page_does_not_take_is_refused_and_those_that_it_takes_are_named(browser, path, taken):
    for method in ("TRACE", "PUT", "PATCH", "DELETE"):
        answer = browser.open(path, method=method)
        assert (answer.status_code, sorted(answer.allow)) == (405, taken.split(", ")), method


@pytest.mark.asvs("3.5.1")
def test_every_form_needs_its_token(app, browser):
    """No page changes anything without the token that only our own forms carry."""
    asked = 0
    for rule in app.url_map.iter_rules():
        # E-mail programs post to it without a page (RFC 8058). Nobody else can guess the address.
        if rule.endpoint == "settings.stop_digests_at_once":
            continue
        if "POST" in (rule.methods or ()) and access_of(app.view_functions[rule.endpoint]) != MACHINE:
            with app.test_request_context():
                zero = "00000000-0000-7000-8000-000000000000"
                path = app.url_map.bind("localhost").build(
                    rule.endpoint, dict.fromkeys(rule.arguments, zero), method="POST"
                )
            answer = browser.post(path, data={})
            assert answer.status_code == 400, f"{path} answered {answer.status_code} without a token"
            asked += 1
    assert asked > 20
