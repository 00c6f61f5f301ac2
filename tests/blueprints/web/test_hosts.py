"""Pages answer by the server's own name alone."""

import re
from dataclasses import replace

import pytest

from app import create_app
from config import ROOT
from tests.for_each import for_each


@pytest.mark.parametrize(
    "path", ["/sign-in", "/profiles", "/settings/connections", "/static/any/site.css", "/favicon.ico"]
)
def test_a_page_under_another_name_is_refused(client, path):
    answer = client.get(path, headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert "Set-Cookie" not in answer.headers


@pytest.mark.asvs("3.7.2")
def test_no_spelling_of_an_address_leads_to_the_host_that_the_request_names(app, client):
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for spelled in (path.replace("/", "//"), f"{path}//"):
            # The path as it arrives; a client would read the second name in `//name/…` as a host.
            answer = client.get("/", headers={"Host": "rebound.example"}, environ_overrides={"PATH_INFO": spelled})
            assert "://" not in answer.headers.get("Location", ""), f"{spelled} leads to {answer.location}"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:80"])
def test_the_servers_own_name_is_taken_in_any_spelling(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


def test_health_is_asked_by_any_name(client):
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200


@for_each("public_host", ["profile.example.com", "profile.example.com:8443"])
def test_the_sample_for_nginx_passes_on_the_host_that_people_use(settings, public_host):
    sample = (ROOT / "deploy" / "nginx.conf").read_text()
    passed = re.search(r"proxy_set_header Host (\S+);", sample)[1]
    # As nginx defines them: $host has no port.
    host = {"$host": public_host.partition(":")[0], "$http_host": public_host}[passed]
    browser = create_app(replace(settings, public_url=f"https://{public_host}")).test_client()
    assert browser.get("/sign-in", base_url="https://proxy", headers={"Host": host}).status_code == 200
