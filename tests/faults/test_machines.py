"""Two machines over one PostgreSQL: what is done on one holds on the other with the next request."""

from __future__ import annotations

import io
import os
import re
import signal
import time
import zipfile
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from tests.assistant import challenge_of
from tests.faults.conftest import need
from tests.faults.machines import Machine, call, log_lines, nginx, started, until
from tests.plain_browser import PlainBrowser
from tests.races.crashing import HANDS
from tests.races.test_revocation import csrf_token

pytestmark = pytest.mark.only("postgres")

CALLBACK = "http://localhost:3118/callback"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-of-RFC-7636"
TAKEN_OVER_WITHIN = 10
AT_ONCE = 20


@pytest.fixture
def pair(separate, tmp_path):
    """Two machines; neither is the worker."""
    both = [Machine(separate, tmp_path, name) for name in ("first", "second")]
    with started(*both):
        yield both


class Browser(PlainBrowser):
    """A person's browser, which a load balancer sends to this machine or that."""

    def __init__(self, machine: Machine, person) -> None:
        super().__init__(f"http://127.0.0.1:{machine.port}")
        self.http.headers["Host"] = machine.settings.host
        self.open("/sign-in")
        self.press("Sign in", email=person.email, password=person.password)
        assert self.status == 200, self.text

    def goes_to(self, machine: Machine) -> None:
        """From now on its requests come there."""
        self.origin = f"http://127.0.0.1:{machine.port}"
        self.http.base_url = httpx2.URL(self.origin)
        self.url = self.url.replace(urlsplit(self.url).netloc, f"127.0.0.1:{machine.port}")


@pytest.fixture
def browser(pair, alice):
    """Alice's, signed in on the first machine."""
    opened = Browser(pair[0], alice)
    yield opened
    opened.http.close()


def test_what_is_revoked_on_one_machine_is_refused_by_the_other(pair, browser, connect, alice, rounds, figures):
    first, second = pair
    statuses: Counter[int] = Counter()
    token = csrf_token(browser)
    for number in rounds:
        app = connect(alice, name=f"App {number}")
        assert [call(second, app), call(first, app)] == [200, 200]
        address = f"/settings/connections/{app.connection_id}/revocation"
        assert browser.http.post(address, data={"csrf_token": token}, follow_redirects=False).status_code == 302
        answered = [call(second, app), call(first, app)]
        statuses.update(answered)
        assert answered == [401, 401]
    figures(statuses=statuses)


def test_a_limit_is_one_for_both_machines(separate, tmp_path, connect, alice, rounds, figures):
    settings = replace(separate, limit_calls=60, limit_calls_at_once=AT_ONCE)
    both = [Machine(settings, tmp_path, name) for name in ("first", "second")]
    with started(*both):
        for number in rounds:
            app = connect(alice, name=f"App {number}")
            began = time.monotonic()
            statuses = Counter(call(both[turn % 2], app) for turn in range(3 * AT_ONCE))
            leaked = int(time.monotonic() - began) + 1
            figures(statuses=statuses)
            assert statuses.keys() == {200, 429}
            assert AT_ONCE <= statuses[200] <= AT_ONCE + leaked


def test_a_session_and_a_consent_begin_on_one_machine_and_end_on_the_other(pair, browser, rounds, figures):
    first, second = pair
    statuses: Counter[int] = Counter()
    for _ in rounds:
        metadata = {"client_name": "Claude", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}
        client_id = browser.http.post("/register", json=metadata).json()["client_id"]
        question = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": CALLBACK,
            "state": "s",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        browser.open(f"/authorize?{urlencode(question)}")
        browser.goes_to(second)
        browser.press("Allow")
        code = parse_qs(urlsplit(browser.page.by_id("continue").attributes["href"]).query)["code"][0]
        redeemed = {"grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
        browser.goes_to(first)
        answer = browser.http.post("/token", data=redeemed | {"client_id": client_id, "redirect_uri": CALLBACK})
        statuses[answer.status_code] += 1
        browser.goes_to(second)
        again = {"grant_type": "refresh_token", "refresh_token": answer.json()["refresh_token"], "client_id": client_id}
        statuses[browser.http.post("/token", data=again).status_code] += 1
        browser.goes_to(first)
    figures(statuses=statuses)
    assert statuses.keys() == {200}
    # Signed out on one machine is signed out on the other.
    token = csrf_token(browser)
    browser.goes_to(second)
    assert browser.http.get("/settings/profile", follow_redirects=False).status_code == 200
    browser.goes_to(first)
    cookie = browser.http.cookies["profile"]
    browser.http.post("/sign-out", data={"csrf_token": token})
    browser.goes_to(second)
    browser.http.cookies.clear()
    with_old = browser.http.get("/settings/profile", headers={"Cookie": f"profile={cookie}"}, follow_redirects=False)
    assert with_old.status_code == 302


def test_one_process_of_all_machines_works_and_another_takes_over(settings, tmp_path, rounds, figures):
    both = [Machine(settings, tmp_path, name) for name in ("first", "second")]

    def elected():
        return [int(line["pid"]) for m in both for line in log_lines(m.log(), "profile.work") if "pid" in line]

    with started(*both):
        until(elected, "nobody works")
        dead: list[int] = []
        for number in rounds:
            pids = elected()
            assert len(pids) == number + 1, "two work at once"
            working = next(pid for pid in pids if pid not in dead)
            dead.append(working)
            os.kill(working, signal.SIGKILL)
            taken_over = until(lambda: len(elected()) > len(dead), "nobody took over")
            figures(recovery=taken_over)
            assert taken_over <= TAKEN_OVER_WITHIN


def test_an_export_made_by_the_worker_is_downloaded_from_the_other_machine(pair, browser, separate, tmp_path, rounds):
    first, second = pair
    worker = Machine(separate, tmp_path, "worker", "worker")
    with started(worker):
        for _ in rounds:
            browser.goes_to(first)
            browser.http.post("/settings/data/exports", data={"csrf_token": csrf_token(browser)})
            browser.goes_to(second)
            found: list[str] = []

            def ready(found=found):
                found[:] = re.findall(r"/settings/data/exports/[\w-]+/file", browser.http.get("/settings/data").text)
                return found

            until(ready, "no export was made")
            answer = browser.http.post(found[0], data={"csrf_token": csrf_token(browser)})
            assert "members.json" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
            browser.http.post(found[0].replace("/file", "/removal"), data={"csrf_token": csrf_token(browser)})


def test_machines_restarted_in_turn_lose_no_request(separate, port, tmp_path, crew_of, rounds, check):
    """Each ends by SIGTERM, as a platform does it; the proxy sends new requests to the one that listens."""
    need("nginx", "nginx-light")
    both = [Machine(separate, tmp_path, name) for name in ("first", "second")]
    with started(*both), nginx(tmp_path, port, both):
        crew = crew_of(0)
        with crew.working():
            for _ in rounds:
                for machine in both:
                    assert machine.end() == 0
                    crew.wait_for(HANDS)
                    machine.start()
                    crew.wait_for(HANDS)
        assert set(crew.statuses) == {200}
        assert check(crew)["cut"] == 0
