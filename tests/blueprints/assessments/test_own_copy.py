"""What the person who answers sees and takes along: their answers while they exist, and what members see of their result."""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, update

from blueprints.worker.debriefs import write_debriefs
from models.accounts.data_export import KEPT, DataExport
from models.assessments.held_results import discard
from models.assessments.sitting import Sitting
from models.assessments.sitting_cleanup import forget_sittings
from models.database.base import db, now
from models.debriefs.debrief import Debrief
from models.profiles.profile import Profile
from models.profiles.result import Result
from models.reports import guide_for
from tests.pages import csrf_token


@pytest.fixture
def write_all(app):
    """The worker writes every debrief that was asked for."""

    def write():
        with app.app_context():
            write_debriefs()

    return write


def copy_of(client, link):
    answer = client.get(f"{link}/copy")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["Cache-Control"] == "no-store"
    return json.loads(answer.data)


def test_whoever_answers_takes_their_answers_along_in_words(client, come, link, answered, within, alice):
    ana = come(link).begin()
    answered()
    answers = copy_of(client, ana.link)["answers"]
    asked = within(alice, lambda _: db.session.scalars(select(Sitting)).one().questionnaire)
    assert len(answers) == sum(len(instrument.item_ids) for instrument in asked.instruments)
    disc, core = asked.instruments[0], asked.instruments[-1]
    most, least, *_ = [statement.text for statement in disc.page_of(disc.item_ids[0]).statements]
    assert answers[0] == {"part": disc.title, "most_like_me": most, "least_like_me": least}
    assert answers[-1] == {"part": core.title, "in_order": [value.name for value in core.values][:5]}
    assert {each["answer"] for each in answers if "statement" in each} == {asked.part(2).scale[3]}


def test_after_the_end_the_copy_has_the_result_and_no_answers(client, take, link):
    ana = take(link)
    [offered] = [each for each in ana.browser.page.all("a") if each.text == "Download my result"]
    assert offered.attributes["href"] == f"{ana.link}/copy"
    copy = copy_of(client, link)
    assert isinstance(copy["answers"], str)
    assert copy["results"]["disc"]["style"]
    assert copy["guide"]


def test_whoever_has_no_sitting_has_nothing_to_take_along(client, link):
    assert client.get(f"{link}/copy").location == link


def test_they_see_the_guide_and_the_debrief_that_members_see(take, come, link, write_all, browser_of, alice, within):
    take(link)
    write_all()
    own = come(link).text

    def of_members(account_id):
        ana = Profile.by_email(account_id, "ana@example.com")
        scores = {name: each.scores for name, each in Result.newest(account_id, ana.id).items()}
        return guide_for(scores), Debrief.newest(account_id, ana.id).blocks

    guide, debrief = within(alice, of_members)
    assert all(advice in own for section in guide.sections for advice in section.advice)
    assert all(words in own for _, words in debrief)


def test_a_debrief_of_other_results_is_not_theirs(take, come, link, write_all, within, alice):
    take(link)

    def retaken(account_id):
        ana = Profile.by_email(account_id, "ana@example.com")
        assert ana is not None
        Debrief.write(ana, "About somebody else altogether.", "person", {"core": {"first": "wealth"}})

    within(alice, retaken)
    assert "somebody else altogether" not in come(link).text


def test_a_shared_link_shows_both_whether_or_not_the_address_was_known(take, shared, invite, alice, write_all, come):
    invite(alice, "known@example.com")
    pages = []
    for email in ("known@example.com", "new@example.com"):
        person = take(shared, first_name="Ana", email=email)
        write_all()
        pages.append(come(person.browser.url).text)
    assert pages[0] == pages[1]
    assert "Working with them" in pages[0]


@pytest.fixture
def export(within, alice):
    """Makes an export of Alice's account that can be downloaded; what it gives says whether it still can."""

    def make(account_id):
        made = DataExport.ask(account_id, alice.member_id)
        made.state, made.ready_at, made.expires_at = "ready", now(), now() + KEPT
        return made.id

    def ready():
        id_ = within(alice, make)
        return lambda: within(alice, lambda account_id: DataExport.find(account_id, id_).available)

    return ready


@pytest.mark.parametrize("way", ["declining", "removal"])
def test_whoever_stops_ends_no_export(client, come, link, export, way):
    """Nobody outside can keep an Owner from their data: no export has what somebody outside can withdraw."""
    come(link).begin()
    available = export()
    token = csrf_token(client, f"{link}/{way}")
    assert client.post(f"{link}/{way}", data={"csrf_token": token}).location == link
    assert available()


def test_whoever_takes_back_what_waits_for_a_decision_ends_none_either(client, take, invite, shared, alice, export):
    invite(alice, "known@example.com")
    person = take(shared, first_name="Ana", email="known@example.com")
    available = export()
    own = urlsplit(person.browser.url).path
    client.post(f"{own}/removal", data={"csrf_token": csrf_token(client, f"{own}/removal")})
    assert available()


def test_sittings_that_are_tidied_away_end_none(come, take, shared, within, alice, invite, export):
    invite(alice, "known@example.com")
    take(shared, first_name="Ana", email="known@example.com")
    come(shared).begin(first_name="Ben", email="ben@example.com")
    available = export()

    def long_ago(account_id):
        discard(Sitting.held_in(account_id)[0])
        then = now() - timedelta(days=91)
        db.session.execute(update(Sitting).values(touched_at=then))
        db.session.execute(update(Sitting).where(Sitting.state == "discarded").values(finished_at=then))

    within(alice, long_ago)
    assert within(alice, forget_sittings) == 2
    assert available()
