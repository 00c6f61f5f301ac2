"""Fetching from an address that a stranger chose: only public hosts, only what was asked for, and never for long."""

import gzip
import json
import os
import time
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore, Event

import pytest

from blueprints.oauth.http_cache import fresh_for
from blueprints.oauth.safe_fetch import Fetcher, Unfetchable
from blueprints.oauth.url_safety import address_problem, is_public
from tests.for_each import for_each
from tests.publisher import PUBLIC, header_in

URL = "https://app.example/client.json"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"

HOSTILE_URLS = [
    # Numbers in all the ways in which systems read an address.
    "https://127.0.0.1/c",
    "https://2130706433/c",
    "https://0x7f000001/c",
    "https://0x7f.0.0.1/c",
    "https://0x7f.1/c",
    "https://0177.0.0.1/c",
    "https://017700000001/c",
    "https://127.1/c",
    "https://127.0.1/c",
    "https://0/c",
    "https://0.0.0.0/c",
    "https://127.0.0.1./c",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/c",
    "https://8.8.8.8/c",
    "https://[::1]/c",
    "https://[::]/c",
    "https://[::ffff:127.0.0.1]/c",
    "https://[::ffff:7f00:1]/c",
    "https://[0:0:0:0:0:ffff:7f00:1]/c",
    "https://[64:ff9b::7f00:1]/c",
    "https://[fe80::1%25eth0]/c",
    "https://[fe80::1%eth0]/c",
    "https://[2002:7f00:1::]/c",
    "https://[2606:4700::1111]/c",
    "https://①②⑦.⓪.⓪.①/c",
    # Names that are none, or ours, or another's.
    "https://localhost/c",
    "https://localhost./c",
    "https://app.example./c",
    "https://app/c",
    "https://.example/c",
    "https://app..example/c",
    "https://profile.example/c",
    "https://PROFILE.example/c",
    "https://App.example/c",
    "https://app.example%2eevil.example/c",
    "https://app_1.example/c",
    "https://-app.example/c",
    "https://аpp.example/c",
    "https://app。example/c",
    "https://app.example\u200b/c",
    "https://*.example/c",
    # User information, ports, and what different readers understand differently.
    "https://claude.ai@app.example/c",
    "https://claude.ai:word@app.example/c",
    "https://@app.example/c",
    "https://app.example:/c",
    "https://app.example:8443/c",
    "https://app.example:22/c",
    "https://app.example:0443/c",
    "https://app.example:99999/c",
    "https://app.example\\@evil.example/c",
    "https:///c",
    "https:/app.example/c",
    "https:app.example/c",
    "//app.example/c",
    "http://app.example/c",
    "HTTPS://app.example/c",
    "ftp://app.example/c",
    "file:///etc/passwd",
    "gopher://app.example/c",
    "data:application/json,{}",
    # Paths.
    "https://app.example",
    "https://app.example/",
    "https://app.example/a/../c",
    "https://app.example/./c",
    "https://app.example/..",
    "https://app.example/%2e%2e/c",
    "https://app.example/a%2fc",
    "https://app.example/c%00",
    "https://app.example/c%0d%0aX:1",
    "https://app.example/c\r\nX: 1",
    "https://app.example/c d",
    "https://app.example/c#part",
    "https://app.example/c#",
    "https://app.example/c?x=1",
    "https://app.example/c?",
    "https://app.example/" + "c" * 2_000,
    "",
    "https://",
]

PUBLISHED_AT = [
    "https://claude.ai/oauth/mcp-oauth-client-metadata",
    "https://claude.ai/oauth/claude-code-client-metadata",
    "https://chatgpt.com/oauth/abc_DEF-123/client.json",
    "https://vscode.dev/oauth/client-metadata.json",
    "https://opencode.ai/oauth/opencode/client.json",
    "https://xn--mnchen-3ya.example/c",
    "https://app.example:443/c",
]

NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.1.1.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:93.184.215.14",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::808:808",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:5db8:d70e::1",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:a00:1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "2606:4700::1111%eth0",
    "ff02::1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "localhost",
    "",
]


@pytest.mark.asvs("1.3.6")
def test_an_address_that_is_not_plainly_another_public_host_is_not_asked():
    assert [url for url in HOSTILE_URLS if not address_problem(url, "profile.example")] == []


def test_the_addresses_that_assistants_publish_at_are_asked():
    assert {url: problem for url in PUBLISHED_AT if (problem := address_problem(url, "profile.example"))} == {}


@pytest.mark.asvs("1.3.6")
def test_what_is_public_and_what_is_not():
    assert [address for address in NOT_PUBLIC if is_public(address)] == []
    ordinary = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80b::200e"]
    assert [address for address in ordinary if not is_public(address)] == []


@pytest.mark.asvs("1.3.6")
@pytest.mark.parametrize(
    "address", ["127.0.0.1", "169.254.169.254", "10.1.2.3", "::1", "::ffff:127.0.0.1", "localhost"]
)
def test_no_connection_is_made_when_one_address_of_a_host_is_not_public(world, address):
    world.dns["app.example"] = [PUBLIC, address]
    with pytest.raises(Unfetchable):
        world.fetcher().fetch(URL)
    assert world.dialled == []


def test_a_document_is_fetched_from_the_address_that_was_checked_under_the_hosts_own_name(world):
    world.publish(URL, {"a": 1}, "Cache-Control: max-age=60")
    fetched = world.fetcher().fetch(URL)
    assert json.loads(fetched.body) == {"a": 1}
    assert fetched.headers["cache-control"] == "max-age=60"
    assert world.dialled == [f"{PUBLIC}:443"]
    assert header_in(world.headers[0], "accept-encoding") == "identity"


@pytest.mark.asvs("1.3.6")
def test_a_name_is_resolved_once_so_a_second_answer_changes_nothing(world):
    answers = iter([[PUBLIC], ["127.0.0.1"]])
    fetcher = world.fetcher(look_up=lambda *_: next(answers))
    world.publish(URL, {})
    fetcher.fetch(URL)
    assert world.dialled == [f"{PUBLIC}:443"]
    with pytest.raises(Unfetchable):
        fetcher.fetch(URL)
    assert world.dialled == [f"{PUBLIC}:443"]


def test_no_proxy_of_the_environment_stands_between(world, monkeypatch):
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    world.publish(URL, {})
    assert world.fetcher().fetch(URL).body == b"{}"


def test_the_next_address_is_tried_when_one_does_not_answer(world):
    def dial(address, port, seconds):
        if ":" not in address:
            raise ConnectionRefusedError
        return world.dial(address, port, seconds)

    world.dns["app.example"] = ["2606:4700::1111", PUBLIC]
    world.publish(URL, {})
    assert world.fetcher(dial=dial).fetch(URL).body == b"{}"


@pytest.mark.asvs("15.3.2")
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_a_failure_and_is_not_followed(world, status):
    world.publish("https://other.example/c", {})
    world.answer(URL, b"{}", "Location: https://other.example/c", "Content-Type: application/json", status=status)
    with pytest.raises(Unfetchable, match="status 30"):
        world.fetcher().fetch(URL)
    assert world.asked == [URL]


@for_each("status", ["201 Created", "204 No Content", "206 Partial", "304 Not Modified", "404 Not Found", "500 Error"])
def test_any_other_status_is_a_failure(world, status):
    world.answer(
        URL, b"{}" if status[:3] not in {"204", "304"} else b"", "Content-Type: application/json", status=status
    )
    with pytest.raises(Unfetchable):
        world.fetcher().fetch(URL)


@for_each("kind", ["text/html", "text/plain", "application/javascript", "image/png", "json", ""])
def test_what_is_not_json_by_its_type_is_a_failure(world, kind):
    world.answer(URL, b"{}", *([f"Content-Type: {kind}"] if kind else []))
    with pytest.raises(Unfetchable):
        world.fetcher().fetch(URL)


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/cimd+json"])
def test_json_may_say_more_of_itself(world, kind):
    world.answer(URL, b"{}", f"Content-Type: {kind}")
    assert world.fetcher().fetch(URL).body == b"{}"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "identity, gzip"])
def test_a_bomb_is_not_unpacked(world, encoding):
    bomb = gzip.compress(b" " * 10_000_000)
    world.answer(URL, bomb, "Content-Type: application/json", f"Content-Encoding: {encoding}")
    with pytest.raises(Unfetchable, match="compressed"):
        world.fetcher().fetch(URL)


def sized(length):
    return lambda: [OK + b"Content-Length: %d\r\n\r\n" % length, *(b" " * 10_000 for _ in range(length // 10_000))]


def chunked(length):
    piece = b"2710\r\n" + b" " * 10_000 + b"\r\n"
    return lambda: [OK + b"Transfer-Encoding: chunked\r\n\r\n", *(piece for _ in range(length // 10_000)), b"0\r\n\r\n"]


def until_closed(length):
    return lambda: [OK + b"\r\n", *(b" " * 10_000 for _ in range(length // 10_000))]


def long_headers(length):
    return lambda: [OK, *(b"X-%d: %s\r\n" % (n, b"x" * 1_000) for n in range(length // 1_000)), b"\r\n{}"]


def endless_interim(length):
    return lambda: [b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1_000 for _ in range(length // 28_000 + 1)]


@pytest.mark.parametrize("framing", [sized, chunked, until_closed, long_headers, endless_interim])
def test_more_than_64_kib_is_not_read_however_it_is_framed(world, framing):
    world.raw(URL, framing(10_000_000))
    with pytest.raises(Unfetchable):
        world.fetcher().fetch(URL)


@pytest.mark.parametrize("framing", [sized, chunked, until_closed])
def test_60_000_bytes_are_read(world, framing):
    world.raw(URL, framing(60_000))
    assert len(world.fetcher().fetch(URL).body) == 60_000


@for_each(
    "raw",
    [
        b"",
        b"not http\r\n\r\n",
        b"HTTP/1.1 200 OK",
        OK + b"Content-Length: 100\r\n\r\n{}",
        OK + b"Content-Length: -1\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} ",
        os.urandom(500),
        b"HTTP/1.1 101 Switching\r\n\r\n{}",
    ],
)
def test_an_answer_that_is_broken_is_a_failure(world, raw):
    world.raw(URL, lambda: [raw])
    with pytest.raises(Unfetchable):
        world.fetcher(seconds=1.0).fetch(URL)


@pytest.mark.parametrize("head", [b"", OK + b"Content-Length: 1000\r\n\r\n"])
def test_a_drip_ends_with_the_time_for_everything(world, head):
    stop = Event()

    def drip():
        yield head or b"HTTP/1.1 200 OK\r\nX: "
        while not stop.wait(0.05):
            yield b" "

    world.raw(URL, drip)
    began = time.monotonic()
    with pytest.raises(Unfetchable):
        world.fetcher(seconds=0.5).fetch(URL)
    stop.set()
    assert 0.4 < time.monotonic() - began < 2


def test_a_resolver_and_a_handshake_that_take_too_long_end_too(world):
    def slow(host, seconds):
        assert seconds <= 0.2
        time.sleep(seconds)
        return [PUBLIC]

    with pytest.raises(Unfetchable, match="too long"):
        world.fetcher(look_up=slow, seconds=0.2).fetch(URL)
    assert world.dialled == []


def test_the_product_gives_it_five_seconds_64_kib_and_four_at_once():
    fetcher = Fetcher()
    assert (fetcher.seconds, fetcher.largest) == (5.0, 65_536)
    taken = [fetcher.slots.acquire(blocking=False) for _ in range(5)]
    assert taken == [True] * 4 + [False]


def test_no_more_are_fetched_at_once_than_there_is_room_for(world):
    world.publish(URL, {})
    slots = BoundedSemaphore(1)
    fetcher = world.fetcher(slots=slots)
    with slots, pytest.raises(Unfetchable, match="at once"):
        fetcher.fetch(URL)
    assert fetcher.fetch(URL).body == b"{}"


def test_one_person_has_room_for_two_and_it_is_free_again_afterwards(world):
    world.publish(URL, {})
    fetcher = world.fetcher(busy=["Alice", "Alice", "Bob"])
    with pytest.raises(Unfetchable, match="one person"):
        fetcher.fetch(URL, person="Alice")
    assert fetcher.fetch(URL, person="Bob").body == b"{}"
    with pytest.raises(Unfetchable, match="no such host"):
        fetcher.fetch("https://nowhere.example/client.json", person="Bob")
    assert fetcher.busy == ["Alice", "Alice", "Bob"]


@pytest.mark.asvs("12.3.2")
def test_a_certificate_of_another_authority_or_for_another_host_is_a_failure(world):
    world.publish(URL, {})
    with pytest.raises(Unfetchable, match="CERTIFICATE_VERIFY_FAILED"):
        world.fetcher(tls=Fetcher().tls).fetch(URL)
    world.dns["stranger.example"] = [PUBLIC]
    with pytest.raises(Unfetchable, match="CERTIFICATE_VERIFY_FAILED"):
        world.fetcher().fetch("https://stranger.example/client.json")
    assert world.asked == []


def test_an_unknown_host_and_one_that_does_not_answer_are_failures(world):
    def nobody(address, port, seconds):
        raise ConnectionRefusedError

    for fetcher in (world.fetcher(look_up=lambda *_: []), world.fetcher(dial=nobody)):
        with pytest.raises(Unfetchable):
            fetcher.fetch(URL)
    with pytest.raises(Unfetchable):
        world.fetcher().fetch("https://nowhere.example/c")


def test_a_copy_that_still_holds_is_not_sent_again(world):
    world.answer(URL, b"", 'ETag: "one"', status="304 Not Modified")
    assert world.fetcher().fetch(URL, '"one"').body is None
    assert header_in(world.headers[0], "if-none-match") == '"one"'


NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)


@for_each(
    ("headers", "seconds"),
    [
        ({}, 600),
        ({"cache-control": "max-age=300"}, 300),
        ({"cache-control": "public, MAX-AGE=300"}, 300),
        ({"cache-control": 'max-age="300"'}, 300),
        ({"cache-control": "max-age=31536000"}, 86_400),
        ({"cache-control": "max-age=300", "age": "100"}, 200),
        ({"cache-control": "max-age=300", "age": "400"}, 0),
        ({"cache-control": "max-age=0"}, 0),
        ({"cache-control": "no-store"}, 0),
        ({"cache-control": "no-cache, max-age=300"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-5"}, 0),
        ({"cache-control": "max-age=" + "9" * 400}, 0),
        ({"cache-control": "private"}, 600),
        ({"expires": "Sun, 01 Nov 2026 12:05:00 GMT"}, 300),
        ({"expires": "Sun, 01 Nov 2026 12:05:00 GMT", "date": "Sun, 01 Nov 2026 12:04:00 GMT"}, 60),
        ({"expires": "0"}, 0),
        ({"expires": "Sun, 01 Nov 2020 12:05:00 GMT"}, 0),
        ({"cache-control": "max-age=60", "expires": "0"}, 60),
        ({"expires": "Sun, 01 Nov 2099 12:05:00 GMT"}, 86_400),
    ],
)
def test_an_answer_is_kept_for_as_long_as_http_lets_it_and_a_day_at_most(headers, seconds):
    assert fresh_for(headers, NOW) == timedelta(seconds=seconds)
