"""Who is measured: this server as the Procfile starts it, and its peers as their documentation says to deploy them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

from tests.bench.peers.environments import HERE, node, pinned, pinned_by_npm, python_with

SERVERS = HERE / "servers"


@dataclass(frozen=True)
class Peer:
    """A server to measure."""

    name: str
    databases: tuple[str, ...]
    command: Callable[[str], list[str]]
    """How to start it at this host and port; installs what it needs. Nothing for ours."""
    versions: Callable[[], dict[str, str]]
    oauth_on: tuple[str, ...] = ()
    """The databases on which it has OAuth routes of its own."""


def uvicorn(environment: str, app: str) -> Callable[[str], list[str]]:
    """Two workers; uvicorn[standard] brings uvloop and httptools, without which every answer waits 40 ms for an acknowledgement."""

    def command(address: str) -> list[str]:
        host, _, port = address.partition(":")
        started = [python_with(environment), "-m", "uvicorn", f"{app}:app", "--app-dir", str(SERVERS)]
        return [*started, "--workers", "2", "--host", host, "--port", port, "--log-level", "error", "--no-access-log"]

    return command


def node_cluster(address: str) -> list[str]:
    return [node(), str(SERVERS / "typescript.mjs"), address]


def node_versions() -> dict[str, str]:
    said = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return {"node": said} | pinned_by_npm("@modelcontextprotocol/server", "@modelcontextprotocol/node")


OURS = Peer(
    "ours", ("sqlite", "postgres"), lambda _: [], lambda: {"gunicorn": version("gunicorn")}, oauth_on=("sqlite",)
)
PEERS = (
    Peer(
        "Python SDK",
        ("sqlite", "postgres"),
        uvicorn("sdk", "python_sdk"),
        lambda: pinned("requirements-sdk.txt", "mcp", "uvicorn", "uvloop", "httptools", "asyncpg"),
        oauth_on=("sqlite",),
    ),
    Peer(
        "FastMCP",
        ("sqlite",),
        uvicorn("fastmcp", "fastmcp_server"),
        lambda: pinned("requirements-fastmcp.txt", "fastmcp", "mcp", "uvicorn", "uvloop", "httptools"),
    ),
    Peer("TypeScript SDK", ("sqlite",), node_cluster, node_versions),
)
