"""A strict relying party, which refuses whatever is not as the RFCs have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.scopes import ALL_SCOPES, format_scopes
from tests.interop.desk import Desk
from tests.interop.packages import HERE, node, node_package
from tests.interop.program import Failed, Program, started
from tests.interop.story import DENIED, check_tools, revoke
from tests.server import Gunicorn

REDIRECT_URI = "http://127.0.0.1:19876/callback"
GRANTED = ALL_SCOPES - {DENIED}


@pytest.fixture
def party(desk: Desk, server: Gunicorn, tmp_path: Path) -> Iterator[Program]:
    """The program, which has found the server and registered there."""
    node_package("oauth4webapi")
    start = [node(), str(HERE / "clients" / "relying_party.mjs"), server.mcp_url, REDIRECT_URI]
    with started(start, desk.environment(), tmp_path / "party.log") as program:
        assert program.do("discover")["issuer"] == server.url
        assert program.do("register")["token_endpoint_auth_method"] == "none"
        yield program


def send(party: Program, method: str, **params: object) -> dict:
    answer = party.do("request", {"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    assert "result" in answer, answer
    return answer["result"]


def test_a_strict_relying_party_goes_the_whole_way(party, desk):
    tokens = party.do("exchange", desk.answer(party.do("question", format_scopes(ALL_SCOPES))))
    assert tokens["token_type"] == "bearer"
    assert tokens["expires_in"] == 60
    assert set(tokens["scope"].split()) == GRANTED
    check_tools([tool["name"] for tool in send(party, "tools/list")["tools"]])

    renewed = party.do("refresh")
    assert renewed["access_token"] != tokens["access_token"]
    assert renewed["refresh_token"] != tokens["refresh_token"]
    account = send(party, "tools/call", name="get_account", arguments={})
    assert account["structuredContent"]["name"] == "Aperture Science"

    revoke(desk.browser)
    with pytest.raises(Failed, match="WWW-Authenticate"):
        send(party, "tools/list")
    with pytest.raises(Failed, match="error in the response"):
        party.do("refresh")


def test_it_ends_what_it_was_given_itself(party, desk):
    party.do("exchange", desk.answer(party.do("question", format_scopes(ALL_SCOPES))))
    party.do("revoke")
    with pytest.raises(Failed, match="WWW-Authenticate"):
        send(party, "tools/list")


def test_it_reads_the_answer_of_somebody_who_allows_nothing(party, desk, server):
    desk.refuses = True
    back = desk.answer(party.do("question", format_scopes(ALL_SCOPES)))
    with pytest.raises(Failed, match="authorization response from the server is an error"):
        party.do("exchange", back)


@pytest.mark.parametrize("lost", ["iss", "state"])
def test_it_would_notice_if_the_answer_came_from_elsewhere(party, desk, lost):
    back = desk.answer(party.do("question", format_scopes(ALL_SCOPES)))
    with pytest.raises(Failed, match=lost):
        party.do("exchange", back.replace(f"{lost}=", f"{lost}=x"))
