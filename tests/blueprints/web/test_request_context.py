"""What is known of a request: its id, and where it came from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app import create_app
from blueprints.web.request_context import network_of
from models.request_scope import current_scope
from tests.application import settings_for
from tests.for_each import for_each


@pytest.fixture(params=[0, 1, 2])
def hops(request):
    return request.param


@pytest.fixture
def seen(database_url, hops):
    """The address that the audit log would name for a request with these headers."""
    app = create_app(replace(settings_for(database_url), trusted_proxies=hops))

    def see(forwarded):
        with app.test_request_context(
            "/healthz", headers={"X-Forwarded-For": forwarded}, environ_base={"REMOTE_ADDR": "203.0.113.9"}
        ):
            app.preprocess_request()
            return current_scope().actor.address

    return see


@pytest.mark.asvs("4.1.3", "15.3.4")
def test_only_as_many_proxies_are_believed_as_there_are(seen, hops):
    assert (
        seen("198.51.100.1, 198.51.101.2, 198.51.102.3")
        == ["203.0.113.0/24", "198.51.102.0/24", "198.51.101.0/24"][hops]
    )


@pytest.mark.asvs("4.1.3")
def test_a_claim_without_a_proxy_behind_it_counts_for_nothing(seen, hops):
    assert seen("") == "203.0.113.0/24"
    assert seen("not an address") == (None if hops == 1 else "203.0.113.0/24")


def test_a_port_behind_the_address_is_no_part_of_it(seen, hops):
    believed = hops == 1
    assert seen("198.51.100.1:5678") == ("198.51.100.0/24" if believed else "203.0.113.0/24")
    assert seen("[2001:db8:1::4]:80") == ("2001:db8:1::/48" if believed else "203.0.113.0/24")
    assert seen("2001:db8:1::4") == ("2001:db8:1::/48" if believed else "203.0.113.0/24")


@for_each(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("nonsense", None),
        ("", None),
    ],
)
def test_an_address_is_kept_only_as_its_network(address, network):
    assert network_of(address) == network


@for_each("sent", ["abc-12345", 'x" onload="alert(1)'])
def test_a_request_id_is_always_made_here(sent, client):
    answered = client.get("/healthz", headers={"X-Request-ID": sent}).headers["X-Request-ID"]
    assert len(answered) == 32
    assert sent not in answered


@for_each("path", ["/profiles?search=%00", "/sign-in?next=%00", "/%00", "/profiles?%00=1"])
def test_a_nul_in_the_address_is_refused_for_both_databases_alike(client, path):
    answer = client.get(path)
    assert answer.status_code in {400, 404}
