"""The queue holds hints as JSON, in a file or in PostgreSQL; it never grows without end, and nothing depends on it."""

from __future__ import annotations

import json
import threading
import uuid

import pytest

from blueprints.worker.threads import consumer
from blueprints.worker.wakeup_queue import MOST_WAITING, Queue
from models.database.after_commit import Job

pytestmark = pytest.mark.both_databases


@pytest.fixture
def queue_url(database, database_url, tmp_path):
    """A file where the database is one, else PostgreSQL as QUEUE_URL names it."""
    return f"sqlite:///{tmp_path}/queue" if database == "sqlite" else database_url.replace("+psycopg", "")


@pytest.fixture
def followed():
    """What the worker was told to do."""
    return []


@pytest.fixture
def queue(queue_url, followed):
    queue = Queue(queue_url, lambda task, id_: followed.append((task, id_)))
    yield queue
    if queue.opened:
        queue.open()[0].storage.close()


def test_a_hint_comes_out_as_it_went_in(queue, followed):
    job = Job("send_message", uuid.uuid4())
    queue.put([job])
    huey, _ = queue.open()
    huey.execute(huey.dequeue())
    assert followed == [tuple(job)]
    assert huey.dequeue() is None


def test_what_lies_in_the_queue_is_json_with_an_id_and_runs_no_code(queue):
    id_ = uuid.uuid4()
    queue.put([Job("send_message", id_)])
    [raw] = queue.open()[0].storage.enqueued_items()
    _, _, arguments = json.loads(bytes(raw))
    assert arguments == ["send_message", id_.hex]


def test_where_nobody_listens_hints_stop_at_a_thousand(queue):
    queue.put([Job("send_message", uuid.uuid4()) for _ in range(MOST_WAITING + 50)])
    queue.put([Job("send_message", uuid.uuid4())])
    assert queue.open()[0].storage.queue_size() == MOST_WAITING


# huey leaves the connection on which a thread of its own listens to the end of that thread.
@pytest.mark.filterwarnings("ignore:.*was deleted while still open:ResourceWarning")
def test_listeners_follow_hints_and_stop_when_told(queue, followed):
    heard = threading.Event()

    def follow(task, id_):
        followed.append((task, id_))
        heard.set()

    queue.perform = follow
    team = consumer(queue, threads=2)
    team.start()
    try:
        queue.put([Job("write_debrief", uuid.uuid4())])
        assert heard.wait(10)
    finally:
        team.stop()
        for _, thread in team.worker_threads:
            thread.join()
    assert [task for task, _ in followed] == ["write_debrief"]


def test_another_process_opens_the_queue_anew(queue):
    first, _ = queue.open()
    assert queue.open()[0] is first
    queue.opened = (1, *queue.opened[1:])  # as it is met after a fork
    second, _ = queue.open()
    assert second is not first
    first.storage.close()
