"""Members with tags: whom they see, and what they can do to change that."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import select

from models.accounts import Account, Member
from models.assessments import AssessmentInvitation, AssessmentLink, RemovalRequest
from models.assessments.bulk_invite import InvitationFile, read_sheet
from models.audit import AuditEntry
from models.audit_log import EntryFilter, log_page
from models.connections.limit_checks import must_leave_somebody
from models.database import db, in_account, new_id
from models.errors import Invalid, NotAllowed, NotFound
from models.mail import Kind, Message
from models.permissions import Role
from models.profiles import Alias, Profile, Tag, give_tags, profile_page, put_on_new, tag_page, tags_for_new
from models.profiles.member_tags import tags_seen_by
from models.request_scope import NO_LIMITS, Actor, current_scope


@pytest.fixture
def team(app, alice, bob):
    """Aperture Science, where members see profiles with their tags: Sam has Sales, Bea has Berlin. Bob has no tags yet."""
    with app.app_context(), in_account(alice.account_id):
        account_id = alice.account_id
        current_scope().authenticated_as(Actor(account_id=account_id, member_id=alice.member_id, user_id=alice.user_id))
        db.session.get_one(Account, account_id).show_profiles_by_tags(True)
        for name, label in (("Sam", "Sales"), ("Bea", "Berlin")):
            person = Profile.create(account_id, f"{name.lower()}@example.org", name)
            Tag.create(account_id, label, "red").put_on([person.id])
        db.session.commit()
        yield account_id
        db.session.rollback()


@pytest.fixture
def become(team, bob):
    """Act as Bob with these tags, as on his pages; returns his membership."""

    def act(*labels):
        current_scope().limit_to(NO_LIMITS)
        member = db.session.get_one(Member, bob.member_id)
        give_tags(member, [tag_called(team, label).id for label in labels])
        db.session.commit()
        current_scope().limit_to(member.limits)
        return member

    return act


def tag_called(account_id, label):
    return next(tag for tag in Tag.all_in(account_id) if tag.label == label)


def names(account_id, **wanted):
    page = profile_page(account_id, **wanted)
    assert page.total == len(page.rows)
    return [row.first_name for row in page.rows]


def person(account_id, email):
    return db.session.scalars(select(Profile).where(Profile.account_id == account_id, Profile.email == email)).one()


def test_a_member_sees_those_with_one_of_the_tags_in_every_order_and_search(team, become):
    become("Sales")
    assert names(team) == names(team, sort="created") == names(team, search="sa") == ["Sam"]
    assert names(team, search="be") == names(team, tag_ids=[tag_called(team, "Berlin").id]) == []
    become("Sales", "Berlin")
    assert names(team) == ["Bea", "Sam"]
    assert names(team, limit=1, cursor=None, search="b") == ["Bea"]


def test_without_tags_a_member_sees_nobody_but_their_own_profile(team, become, bob):
    member = become()
    assert tags_seen_by(member) == []
    assert names(team) == []
    current_scope().limit_to(NO_LIMITS)
    own = Profile.create(team, bob.email.upper(), "Bob")
    db.session.commit()
    become()
    assert names(team) == names(team, search="bob") == ["Bob"]
    assert Profile.find(team, own.id) is own
    assert Profile.by_email(team, "sam@example.org") is None
    with pytest.raises(NotFound):
        Profile.find(team, new_id())


def test_owners_see_everybody_and_one_who_becomes_a_manager_does_not(team, alice, new_person, aperture, app):
    owner = db.session.get_one(Member, alice.member_id)
    assert owner.limits.member is None
    assert tags_seen_by(owner) is None
    owner.role = Role.MANAGER
    assert owner.limits.member is not None
    owner.account.profiles_by_tags = False
    assert owner.limits.member is None


def test_a_deleted_tag_shows_nobody_and_a_taken_off_one_hides(team, become):
    become("Sales")
    sam, sales = person(team, "sam@example.org"), tag_called(team, "Sales")
    sales.take_off([sam.id])
    assert names(team) == []
    current_scope().limit_to(NO_LIMITS)
    sales.put_on([sam.id])
    sales.delete()
    db.session.commit()
    member = become()
    member.tag_ids = [str(new_id())]
    current_scope().limit_to(member.limits)
    assert names(team) == []


def test_nobody_changes_by_a_tag_who_sees_whom(team, become):
    free = Tag.create(team, "Free", "blue")
    become("Sales")
    for label in ("Sales", "Berlin"):
        for change in (lambda tag: tag.update(label="Other"), lambda tag: tag.update(color="blue"), Tag.delete):
            with pytest.raises(NotAllowed, match="Only an Owner"):
                change(tag_called(team, label))
    free.put_on([person(team, "sam@example.org").id])
    free.update(label="Freed")
    free.delete()
    with pytest.raises(NotFound):
        tag_called(team, "Sales").put_on([person(team, "bea@example.org").id])


def test_a_tag_of_another_member_alone_is_not_theirs_to_change(team, become, alice):
    member = become("Sales")
    other = Tag.create(team, "Vienna", "blue")
    db.session.get_one(Member, alice.member_id).tag_ids = [str(other.id)]
    db.session.flush()
    assert member.limits.member
    with pytest.raises(NotAllowed, match="Only an Owner"):
        other.update(label="Wien")


def test_new_people_get_a_tag_by_which_their_creator_sees_them(team, become):
    sales, berlin = tag_called(team, "Sales"), tag_called(team, "Berlin")
    become("Sales")
    assert tags_for_new(team, []) == [sales.id]
    assert tags_for_new(team, [berlin.id]) == [berlin.id, sales.id]
    made = Profile.create(team, "new@example.org", "New")
    put_on_new(made, [sales])
    assert names(team) == ["New", "Sam"]
    become("Sales", "Berlin")
    assert tags_for_new(team, [berlin.id]) == [berlin.id]
    with pytest.raises(NotAllowed, match=r"at least one of them for new people: Berlin, Sales\."):
        tags_for_new(team, [])
    become()
    with pytest.raises(NotAllowed, match="You see only your own profile"):
        tags_for_new(team, [sales.id])


def test_a_hidden_address_and_a_hidden_custom_id_are_refused_without_a_word_of_whose(team, become):
    sales = tag_called(team, "Sales")
    Alias.create(team, "profile", person(team, "bea@example.org").id, "crm-bea")
    become("Sales")
    for email in ("bea@example.org", "sam@example.org"):
        with pytest.raises(Invalid, match="This address cannot be used here"):
            Profile.create(team, email)
    with pytest.raises(NotAllowed, match="You cannot invite this address"):
        AssessmentInvitation.invite(team, "bea@example.org", tag_ids=[sales.id])
    with pytest.raises(Invalid, match="cannot be used here"):
        AssessmentLink.provide(team, [sales.id], "crm-bea")
    assert AssessmentInvitation.invite(team, "sam@example.org").profile.first_name == "Sam"


def test_shared_links_are_those_that_give_one_of_the_tags(team, become):
    sales, berlin = tag_called(team, "Sales"), tag_called(team, "Berlin")
    links = [AssessmentLink.provide(team, tags) for tags in ([sales.id], [berlin.id], [sales.id, berlin.id], [])]
    secret = AssessmentLink.provide(team, [sales.id], "crm-bea")
    Alias.create(team, "profile", person(team, "bea@example.org").id, "crm-bea")
    become("Sales")
    assert {link.id for link in AssessmentLink.open_in(team).rows} == {links[0].id, links[2].id}
    for hidden in (links[1], links[3], secret):
        with pytest.raises(NotFound):
            AssessmentLink.find(team, hidden.id)
    become()
    assert AssessmentLink.open_in(team).rows == []


def test_a_file_leaves_out_hidden_people_and_tags_new_ones(team, become):
    def outcomes(member, text):
        file = InvitationFile.keep(team, member.id, read_sheet(f"email,tags\n{text}".encode()), "")
        return [(guest.outcome, list(guest.tags.values())) for guest in file.guests], file

    member = become("Sales")
    found, file = outcomes(member, "bea@example.org,\nsam@example.org,\nnew@example.org,Berlin\n")
    assert found == [("wrong", []), ("known", []), ("new", ["Berlin", "Sales"])]
    assert "You cannot invite this address" in file.guests[0].reasons[0]
    assert file.confirm()
    assert names(team) == ["", "Sam"]
    member = become("Sales", "Berlin")
    found, file = outcomes(member, "other@example.org,\nlast@example.org,berlin\n")
    assert [outcome for outcome, _ in found] == ["wrong", "new"]
    assert "at least one of them" in file.guests[0].reasons[0]


def test_limits_of_an_app_are_checked_among_those_whom_its_member_sees(team, become):
    member = become("Sales")
    sees, berlin = member.limits.member, frozenset({tag_called(team, "Berlin").id})
    must_leave_somebody(team, (berlin,))
    with pytest.raises(Invalid, match="No profile has any of these tags yet"):
        must_leave_somebody(team, (berlin,), member=sees)
    must_leave_somebody(team, (frozenset({tag_called(team, "Sales").id}),), member=sees)


def test_only_those_who_see_somebody_hear_of_them(team, become, bob):
    become("Sales")
    current_scope().limit_to(NO_LIMITS)
    for email, heard in (("bea@example.org", False), ("sam@example.org", True)):
        wish = RemovalRequest.ask(person(team, email))
        posted = select(Message.recipient).where(Message.about_id == wish.id, Message.kind == Kind.REMOVAL_ASKED)
        assert (bob.email in db.session.scalars(posted).all()) is heard


def test_counts_of_tags_are_of_those_seen_and_labels_are_everybodys(team, become):
    become("Sales")
    assert {tag.label: tag.profiles for tag in tag_page(team).rows} == {"Berlin": 0, "Sales": 1}
    assert tag_called(team, "Berlin").profile_count == 0


def test_both_changes_are_in_the_audit_log_once(team, become, alice):
    become("Sales", "Berlin")
    become("Sales", "Berlin")
    become()
    account = db.session.get_one(Account, team)
    account.show_profiles_by_tags(True)
    account.show_profiles_by_tags(False)
    db.session.flush()
    reader = db.session.get_one(Member, alice.member_id)
    told = [entry.text for entry in log_page(reader, EntryFilter()).entries]
    assert told[:2] == ["Alice changed who sees which profiles", "Alice changed which profiles Bob sees: no tags"]
    assert told[2].startswith("Alice changed which profiles Bob sees: the tags ")
    tags = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "member.tags_changed").order_by(AuditEntry.id)
    )
    first, second = tags.all()
    assert sorted(first.values["added"]) == sorted(second.values["removed"])
    assert (len(first.values["added"]), first.values["removed"], second.values["added"]) == (2, [], [])
    with pytest.raises(NotFound):
        give_tags(reader, [uuid.uuid4()])
