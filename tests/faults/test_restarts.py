"""The server is restarted while apps work: not one request is lost."""

from __future__ import annotations

import signal
from functools import partial

from tests.faults.conftest import need
from tests.faults.machines import Machine, nginx, started, until
from tests.killable import children_of
from tests.races.crashing import HANDS


def test_a_restart_by_sighup_loses_no_request(settings, port, tmp_path, crew_of, rounds, check):
    need("nginx", "nginx-light")
    web = Machine(settings, tmp_path)
    with started(web), nginx(tmp_path, port, [web]):
        crew = crew_of(0)
        with crew.working():
            for _ in rounds:
                before = {*children_of(web.running.pid)}
                web.signal(signal.SIGHUP)
                until(partial(all_are_new, web, before), "no new workers")
                crew.wait_for(HANDS)
        assert set(crew.statuses) == {200}
        assert check(crew)["cut"] == 0


def all_are_new(web, before):
    return not before & {*children_of(web.running.pid)}
