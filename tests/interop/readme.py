"""The commands that the README gives people for connecting an assistant: the tests type these."""

from __future__ import annotations

import re

from config import ROOT
from tests.server import Gunicorn

EXAMPLE = "http://127.0.0.1:8000"


def commands(client: str, server: Gunicorn) -> list[str]:
    """What the README says to type for a client, for this server."""
    (row,) = re.findall(rf"^\| {client} \| (.*) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    typed = re.findall(r"`([^`]+)`", row)
    assert EXAMPLE in typed[0]
    return [line.replace(EXAMPLE, server.url) for line in typed]
