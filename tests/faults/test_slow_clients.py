"""Hundreds of clients send their requests byte by byte: behind the proxy, nobody else notices."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from pathlib import Path

from tests.faults.conftest import need
from tests.faults.machines import Machine, nginx, started
from tests.killable import children_of

CLIENTS = 200
STEPS = 20
HEAD = b"POST /mcp HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"


def memory(process: int) -> float:
    """Megabytes of a process and its workers, shared pages once."""
    total = 0
    for each in (process, *children_of(process)):
        lines = Path(f"/proc/{each}/smaps_rollup").read_text().splitlines()
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1000


def test_slow_clients_hold_nobody_up(settings, port, tmp_path, crew_of, rounds, check, figures):
    need("nginx", "nginx-light")
    web = Machine(settings, tmp_path)
    with started(web), nginx(tmp_path, port, [web]), ExitStack() as open_ones:
        crew = crew_of(0)
        with crew.working():
            before = memory(web.running.pid)
            for _ in rounds:
                slow = [
                    open_ones.enter_context(closing(socket.create_connection(("127.0.0.1", port), timeout=30)))
                    for _ in range(CLIENTS)
                ]
                for step in range(STEPS):
                    for each in slow:
                        each.sendall(HEAD[step : step + 1] if step < STEPS - 1 else HEAD[STEPS - 1 : -1])
                    crew.wait_for(4)
            figures(note=f"{CLIENTS} connections; memory {memory(web.running.pid) - before:+.0f} MB")
        assert set(crew.statuses) == {200}
        assert check(crew)["cut"] == 0
