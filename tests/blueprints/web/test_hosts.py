"""Pages answer by the server's own name alone."""

import pytest

from tests.for_each import for_each


@for_each("path", ["/sign-in", "/profiles", "/settings/connections", "/static/css/base.css"])
def test_a_page_under_another_name_is_refused(client, path):
    answer = client.get(path, headers={"Host": "rebound.example"})
    assert answer.status_code == 421
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "localhost:80"])
def test_the_servers_own_name_is_taken_in_any_spelling(client, host):
    assert client.get("/sign-in", headers={"Host": host}).status_code == 200


def test_health_is_asked_by_any_name(client):
    assert client.get("/healthz", headers={"Host": "10.0.0.7:8000"}).status_code == 200
