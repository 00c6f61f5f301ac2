"""Whatever is taken from an app in the middle of its work is gone with the answer that says so: nothing is written after it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from models.audit import acting_in
from models.base import db
from models.connection import Connection
from models.connection_policy import ConnectionPolicy
from models.policy import Role
from models.scopes import PROFILES_READ, TAGS_MANAGE
from models.tenancy import in_account
from tests.races.test_revocation import WRITERS, Writing, written  # noqa: F401 (a fixture)

pytestmark = pytest.mark.races


class Trying(Writing):
    """An app that creates tags until it is refused, in whatever form."""

    def create_tag(self, connection, label):
        reply = self.reply(connection, label)
        return 403 if reply.status == 200 and reply.body["result"]["isError"] else reply.status


def narrow(connection):
    connection.narrow(TAGS_MANAGE)


def limit(connection):
    connection.limit(read_only=True)


def pause(connection):
    connection.pause()


def demote(connection):
    connection.member.change_role(Role.USER)


def remove(connection):
    connection.member.remove()


def decide(connection):
    ConnectionPolicy.of(connection.account_id).change(scopes=frozenset({PROFILES_READ}))


TAKEN = (narrow, limit, pause, demote, remove, decide)


def test_nothing_is_written_after_something_was_taken(server, app, connect, new_person, aperture, rounds, written):  # noqa: F811
    written()
    with ThreadPoolExecutor(WRITERS) as threads:
        for batch in rounds(1):
            take = TAKEN[batch.start % len(TAKEN)]
            person = new_person(f"Dana {batch.start}", aperture, Role.MANAGER)
            writing = Trying(server.port, connect(person), f"round {batch.start}")
            answers = writing.start(threads)
            writing.wait_until_busy()
            with app.app_context(), in_account(aperture.id), acting_in(aperture.id):
                take(db.session.get_one(Connection, writing.app.connection_id))
                db.session.commit()
            at_that_moment = written()
            statuses = [answer.result() for answer in answers]
            assert {each[-1] for each in statuses} <= {401, 403}, take.__name__
            assert written() == at_that_moment, f"something was written after {take.__name__} was acknowledged"
            if take is decide:
                with app.app_context(), in_account(aperture.id), acting_in(aperture.id):
                    ConnectionPolicy.of(aperture.id).change(scopes=None)
                    db.session.commit()
