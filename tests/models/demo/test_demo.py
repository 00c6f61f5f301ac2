"""The demo: two invented teams, the same ones everywhere, that can be filled again without harm."""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from random import Random
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, inspect, select

from models.accounts.member import Member
from models.accounts.user import User
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import Sitting
from models.audit.recorder import AuditEntry
from models.audit_log.query import recent_app_calls
from models.connections.connection import Connection
from models.dashboard import Overview
from models.database.base import db
from models.database.tenancy import enter_account, in_account
from models.debriefs.debrief import Debrief
from models.demo import fill
from models.demo.people_generator import invented_people
from models.demo.scores import Temperament
from models.demo.users import new_passphrase
from models.errors import Invalid
from models.identity.session import LoginSession
from models.instruments import CORE_PLACES, CORE_VALUES, DISC_SCALES, FOCUS_DOMAINS, disc_style, level
from models.mail.message import Message
from models.oauth.tokens import AccessToken, AuthorizationCode, RefreshToken
from models.profiles.alias import Alias
from models.profiles.listing import profile_page
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.result import Result
from models.profiles.tag import COLORS, Tag
from models.request_scope import open_scope

# Most of these make a whole demo each.
pytestmark = pytest.mark.slow

KEPT_FREE_FOR_FICTION = re.compile(
    r"\+1 \d{3} 555 01\d\d|\+44 20 7946 0\d{3}|\+44 161 496 0\d{3}|\+44 7700 900\d{3}|\+33 6 39 98 \d\d \d\d|"
    r"\+33 1 99 00 \d\d \d\d|\+49 30 23125 \d{3}|\+49 40 66969 \d{3}|\+46 8 465 004 \d\d|\+61 2 5550 \d{4}"
)
PLAIN_NAME = re.compile(r"[A-Za-z' -]*")


@pytest.fixture
def in_app(app):
    """An operator's shell in the app."""
    with app.app_context():
        yield


@pytest.fixture
def aperture(in_app):
    """The first account of a demo with sixty profiles; its rows are within reach."""
    account = fill(60).accounts[0]
    enter_account(account.id)
    return account


def rows(model):
    """Every row of a table that is within reach, as values."""
    columns = [column.class_attribute for column in inspect(model).column_attrs]
    return sorted(map(repr, db.session.execute(select(*columns)).all()))


def person(email: str) -> User:
    """One of the five."""
    found = User.by_email(email)
    assert found
    return found


def how_many(model, *criteria) -> int:
    """How many rows of a table are within reach."""
    return db.session.scalar(select(func.count()).select_from(model).where(*criteria)) or 0


def actions_of(account):
    """What the audit log of an account says, counted."""
    return Counter(db.session.scalars(select(AuditEntry.action).where(AuditEntry.account_id == account.id)))


def test_five_people_belong_to_two_accounts(in_app):
    shown = fill(10).as_dict()
    roles = {
        person["email"]: [(membership["account"], membership["role"]) for membership in person["memberships"]]
        for person in shown["people"]
    }
    assert roles == {
        "owner@example.com": [("Aperture Science", "Owner")],
        "manager@example.com": [("Aperture Science", "Manager")],
        "user@example.com": [("Aperture Science", "User")],
        "outsider@example.com": [("Black Mesa", "Owner")],
        "both@example.com": [("Aperture Science", "User"), ("Black Mesa", "Owner")],
    }


@pytest.mark.parametrize(("asked", "there"), [(0, (0, 5)), (10, (10, 5)), (60, (60, 12))])
def test_the_second_account_has_a_fifth_as_many_profiles_and_at_least_five(in_app, asked, there):
    assert tuple(fill(asked).as_dict()["profiles"].values()) == there


def test_the_passphrase_is_told_once_and_opens_the_door_for_everybody(in_app):
    told = fill(5)
    assert told.password
    assert len(told.password) >= 15
    assert len(told.password_of) == 5
    assert all(User.signing_in(email, told.password) for email in told.password_of)
    assert fill(5).password is None
    assert User.signing_in("user@example.com", told.password)


def test_passphrases_differ():
    assert len({new_passphrase() for _ in range(50)}) == 50


def test_a_password_that_is_given_holds_for_everybody_and_signs_them_out(in_app):
    first = fill(5)
    assert first.password
    LoginSession.start(person("owner@example.com"), None, None, None)
    db.session.commit()
    again = fill(5, password="a tin of blue paint 7")
    assert again.password == "a tin of blue paint 7"
    assert all(User.signing_in(email, "a tin of blue paint 7") for email in first.password_of)
    assert User.signing_in("owner@example.com", first.password) is None
    assert db.session.scalars(select(LoginSession.ended_at)).one() is not None
    assert actions_of(again.accounts[1])["person.password_changed"] == 2


@pytest.mark.parametrize("password", ["", "short", "olivia hart example", "aaaaaaaaaaaaaaaaaaaa"])
def test_a_password_that_no_person_could_choose_is_refused_and_nothing_is_made(in_app, password):
    with pytest.raises(Invalid):
        fill(5, password=password)
    assert how_many(User) == 0


def test_filling_it_again_changes_nothing(aperture):
    tables = (
        User,
        Member,
        Profile,
        Tag,
        ProfileTag,
        Alias,
        Result,
        Debrief,
        AuditEntry,
        AssessmentInvitation,
        Sitting,
        RemovalRequest,
        Message,
        Connection,
    )
    before = {table.__name__: rows(table) for table in tables}
    assert all(before.values())
    fill(60)
    fill(20)
    enter_account(aperture.id)
    assert {table.__name__: rows(table) for table in tables} == before


def test_more_profiles_come_in_addition(aperture):
    before = rows(Profile)
    assert fill(80).as_dict()["profiles"] == {"Aperture Science": 80, "Black Mesa": 16}
    enter_account(aperture.id)
    after = rows(Profile)
    assert len(after) == 80
    assert set(before) <= set(after)
    assert actions_of(aperture)["profile.imported"] == 2


def test_an_account_is_recognised_by_its_founder_when_it_has_another_name(aperture):
    with in_account(aperture.id):
        aperture.update(name="Aperture Laboratories")
    db.session.commit()
    assert fill(60).as_dict()["profiles"] == {"Aperture Laboratories": 60, "Black Mesa": 12}


def test_a_member_who_was_removed_stays_removed_and_a_deleted_tag_stays_deleted(aperture):
    uma = Member.of(person("user@example.com").id, aperture.id)
    assert uma
    with in_account(aperture.id):
        uma.remove()
        Tag.all_in(aperture.id)[0].delete()
    db.session.commit()
    fill(60)
    enter_account(aperture.id)
    assert Member.of(person("user@example.com").id, aperture.id) is None
    assert len(Tag.all_in(aperture.id)) == 10


@pytest.mark.parametrize("already", [False, True], ids=["from nothing", "with a smaller one there"])
def test_two_operators_at_once_make_one_demo(app, already):
    both_ready, passwords = Barrier(2), []
    if already:
        with app.app_context():
            passwords.append(fill(10).password)

    def operate():
        with app.app_context(), open_scope():
            both_ready.wait()
            passwords.append(fill(40).password)

    operators = [Thread(target=operate) for _ in range(2)]
    for operator in operators:
        operator.start()
    for operator in operators:
        operator.join()
    with app.app_context():
        shown = fill(40).as_dict()
        assert sorted(map(bool, passwords)) == [*([False] * (1 + already)), True]
        assert shown["profiles"] == {"Aperture Science": 40, "Black Mesa": 8}
        assert how_many(User) == 5
        assert how_many(Member) == 6


def test_the_audit_log_tells_what_happened_and_nothing_else(in_app):
    first, second = fill(30).accounts
    assert actions_of(first) == {
        "account.created": 1,
        "member.joined": 4,
        "tag.created": 11,
        "profile.imported": 1,
        "assessment.invited": 1,
        "assessment.shared_link_created": 1,
        "assessment.started": 2,
        "assessment.results_held": 1,
        "assessment.removal_asked": 1,
        "connection.created": 1,
        "tool.called": 4,
    }
    assert actions_of(second) == {"account.created": 1, "member.joined": 2, "tag.created": 9, "profile.imported": 1}
    imported = db.session.scalars(
        select(AuditEntry).where(AuditEntry.account_id == first.id, AuditEntry.action == "profile.imported")
    ).one()
    assert imported.resource_count == 30
    enter_account(first.id)
    assert {id_ for _, id_ in imported.resources} == {str(id_) for id_ in db.session.scalars(select(Profile.id))}


def test_everybody_is_out_of_reach_in_the_world(in_app):
    for person in islice(invented_people("anybody"), 2000):
        assert re.fullmatch(r"[a-z]+\.[a-z]+[0-9]*@example\.com", person.email)
        assert not person.phone or KEPT_FREE_FOR_FICTION.fullmatch(person.phone), person.phone


def test_the_first_people_are_the_same_however_many_follow():
    few, many = (list(islice(invented_people("anybody"), number)) for number in (50, 500))
    assert many[:50] == few
    assert len({person.email for person in many}) == 500


def test_names_come_from_many_parts_of_the_world(aperture):
    names = db.session.execute(select(Profile.first_name, Profile.last_name)).all()
    assert sum(not PLAIN_NAME.fullmatch(f"{first} {last}") for first, last in names) > 15
    assert any(ord(first[0]) > 0x370 for first, _ in names), "a script other than Latin"


def test_everybody_is_found_by_their_name(aperture):
    for summary in profile_page(aperture.id, limit=60).rows:
        found = profile_page(aperture.id, search=summary.name, limit=60).rows
        assert summary.id in {other.id for other in found}, summary.name


def test_the_two_accounts_know_nobody_in_common(in_app):
    accounts, addresses = fill(60).accounts, []
    for account in accounts:
        enter_account(account.id)
        addresses.append(set(db.session.scalars(select(Profile.email))))
    assert not addresses[0] & addresses[1]


def test_profiles_came_over_eighteen_months_and_their_ids_sort_by_that(aperture):
    in_order = profile_page(aperture.id, sort="created", limit=60).rows
    moments = [row.created_at for row in in_order]
    assert moments == sorted(moments, reverse=True)
    assert 400 < (moments[0] - moments[-1]).days <= 548
    assert all(row.completed_at >= row.created_at for row in in_order if row.completed_at)


def test_most_have_all_results_some_have_a_few_and_some_none(in_app):
    enter_account(fill(300).accounts[0].id)
    taken = Counter(db.session.scalars(select(func.count()).select_from(Result).group_by(Result.profile_id)))
    pending = how_many(Profile, Profile.status == "pending")
    assert taken[3] + taken[2] + taken[1] + pending == 300
    assert 220 <= taken[3] <= 260
    assert taken[1]
    assert taken[2]
    assert 20 <= pending <= 55
    assert how_many(Debrief) == taken[3]


def test_a_profile_shows_the_style_of_its_disc_result(aperture):
    styles = db.session.execute(
        select(Profile.disc_style, Result.scores)
        .join(Result, Result.profile_id == Profile.id)
        .where(Result.assessment == "disc")
    ).all()
    assert len(styles) > 40
    assert all(shown == scores["style"] for shown, scores in styles)


def test_results_have_their_final_shape():
    for number in range(300):
        results = Temperament.of(Random(number)).results()
        disc = {scale: results["disc"][scale] for scale in DISC_SCALES}
        assert results["disc"] == {"style": disc_style(disc), **disc}
        assert all(0 <= score <= 100 for score in disc.values())
        assert sum(disc.values()) == pytest.approx(200, abs=0.3)
        assert {domain: tuple(found["facets"]) for domain, found in results["focus"].items()} == FOCUS_DOMAINS
        for domain in results["focus"].values():
            assert all(scored["level"] == level(scored["score"]) for scored in (domain, *domain["facets"].values()))
        assert list(results["core"]) == list(CORE_PLACES[:5])
        assert len(set(results["core"].values()) & set(CORE_VALUES)) == 5


def test_facets_of_a_domain_go_together_more_than_facets_of_two():
    people = [Temperament.of(Random(number)).focus() for number in range(400)]

    def together(one, other):
        pairs = [
            (person[one[0]]["facets"][one[1]]["score"], person[other[0]]["facets"][other[1]]["score"])
            for person in people
        ]
        first, second = (sum(values) / len(pairs) for values in zip(*pairs, strict=True))
        return sum((a - first) * (b - second) for a, b in pairs) / len(pairs)

    vigor, leadership, prudence = (
        ("communication", "vigor"),
        ("communication", "leadership"),
        ("organization", "prudence"),
    )
    assert together(vigor, leadership) > 2 * together(vigor, prudence)


def test_tags_use_every_colour_and_nobody_carries_more_than_four(aperture):
    assert {tag.color for tag in Tag.all_in(aperture.id)} == set(COLORS)
    carried = Counter(db.session.scalars(select(ProfileTag.profile_id)))
    assert set(carried.values()) <= {1, 2, 3, 4}
    assert len(carried) < 60, "somebody carries none"


def test_about_a_third_have_an_alias(aperture):
    keys = db.session.scalars(select(Alias.consumer_key)).all()
    assert 10 <= len(keys) <= 30
    assert all(re.fullmatch(r"hr-1\d{4}", key) for key in keys)


def test_debriefs_say_who_composed_them_and_from_which_scores(aperture):
    debrief = db.session.scalars(select(Debrief).limit(1)).one()
    assert debrief.written_by == "Composed by Profile from the scores"
    assert debrief.scores == Result.present(aperture.id, debrief.profile_id)
    assert Debrief.newest(aperture.id, debrief.profile_id) == debrief
    assert debrief.version == 1


def test_the_first_account_is_in_use_and_the_second_is_quiet(in_app):
    first, second = fill(200).accounts
    enter_account(first.id)
    overview = Overview.of(first.id)
    assert (overview.invited.text, overview.answering.text) == ("6", "1")
    assert (overview.held.text, overview.removals.text) == ("1", "1")
    assert [invitation.state for invitation in overview.oldest] == ["expired", "opened", "sent", "opened", "sent"]
    enter_account(second.id)
    assert Overview.of(second.id).invited.text == "0"


def test_an_app_did_something_lately_that_an_owner_is_told_of(aperture):
    owner = Member.of(person("owner@example.com").id, aperture.id)
    assert owner
    told = [each.text for each in recent_app_calls(owner)]
    assert len(told) == 4
    assert told[0].startswith("Demo assistant (for Olivia Hart) compared the profiles of ")


def test_no_mail_of_the_demo_is_ever_sent_and_nobody_holds_a_token(aperture):
    assert set(db.session.scalars(select(Message.state))) == {"kept"}
    assert [how_many(kind) for kind in (AuthorizationCode, AccessToken, RefreshToken)] == [0, 0, 0]


def test_the_app_of_the_demo_is_installed_somewhere_and_was_denied_something(aperture):
    (connection,) = db.session.scalars(select(Connection).where(Connection.account_id == aperture.id))
    (installation,) = connection.authorizations
    assert installation.live
    assert connection.denied == {"profiles:write"}


def test_an_account_that_has_nobody_to_wait_for_is_left_quiet(in_app):
    enter_account(fill(0).accounts[0].id)
    assert how_many(AssessmentInvitation) == 0


def test_life_comes_once_and_does_not_come_back(aperture):
    with in_account(aperture.id):
        for invitation in db.session.scalars(select(AssessmentInvitation)).all():
            invitation.cancel()
    db.session.commit()
    fill(60)
    enter_account(aperture.id)
    assert Overview.of(aperture.id).invited.found == 0
