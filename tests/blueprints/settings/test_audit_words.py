"""Finding entries of the audit log by every word of their sentences; and by no name that is gone."""

from __future__ import annotations

import uuid
from collections import defaultdict
from contextlib import contextmanager

import pytest
from sqlalchemy import delete, func, select

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.audit.entry import AuditName
from models.audit.recorded_words import FIELDS, LIMITS, REASONS, SETTINGS
from models.audit.recorder import (
    THE_APP,
    Action,
    AuditEntry,
    AuditPersonal,
    Outcome,
    record,
    record_call,
)
from models.audit.wording import ENGLISH_WORDING
from models.audit_log.query import EntryFilter, all_entries, render_all
from models.database.base import db
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import Actor, Call, current_scope
from models.text import words
from tests.blueprints.settings.test_audit import sentences
from tests.models.audit_log.test_sentences import ANA, BOB, CRM, DORA, OLD, REFUSED, SALES, SENTENCES, by_claude, entry

# What is said of things because they are gone by now is no part of what happened then.
OF_THE_GONE = {"deleted", "somebody", "whose"}


def of_every_field():
    for known, action in ((SETTINGS, Action.ACCOUNT_CHANGED), (FIELDS, Action.PROFILE_CHANGED)):
        yield from (entry(action, ("profile", ANA), fields=[each]) for each in known)
    yield from (entry(Action.POLICY_CHANGED, fields=[each]) for each in LIMITS)
    for fields in ([], ["label"], ["color"], ["label", "color"]):
        yield entry(Action.TAG_CHANGED, ("tag", SALES), fields=fields, values={"color": "red"})


def of_every_end():
    for reason in [*REASONS, "a_reason_of_tomorrow", None]:
        yield by_claude("update_tag", reason=reason, **REFUSED)
        yield by_claude("update_tag", reason=reason, outcome=Outcome.FAILED)
        yield entry(Action.TOKEN_REFUSED, reason=reason, **REFUSED)
    yield by_claude("list_profiles", reason="scope", scope="tags:manage profiles:read", **REFUSED)


def of_every_number():
    for number in (0, 1, 2, 5, 300):
        yield by_claude("list_profiles", *[("profile", uuid.UUID(int=n)) for n in range(200, 200 + number)])
    yield by_claude("compare_profiles", ("profile", ANA), ("profile", ANA))


@pytest.fixture
def every_entry(app, alice, bob, claude):
    """Entries of each kind that there is, written as they are when something is done."""
    with working(app, alice):
        real = things_of(alice) | {BOB: bob.member_id}
        for what in (*(what for what, _ in SENTENCES.values()), *of_every_field(), *of_every_end(), *of_every_number()):
            write_down(alice, claude, what, real)


@contextmanager
def working(app, person):
    """Somebody works in their account, by the models alone."""
    me = Actor(person.account_id, person.user_id, person.member_id, request_id="req")
    with app.app_context(), in_account(person.account_id), current_scope().acting_as(me):
        yield
        db.session.commit()


def things_of(person):
    ana = Profile.create(person.account_id, "ana@example.com", "Ana", "Löwe").id
    inviter = db.session.get_one(Member, person.member_id)
    invited, _ = MemberInvitation.create(inviter, "dora@example.com", Role.USER)
    alias, _ = Alias.create(person.account_id, "profile", ana, "crm-1")
    tag = Tag.create(person.account_id, "Sales", "red")
    return {ANA: ana, SALES: tag.id, CRM: alias.id, DORA: invited.id}


def write_down(person, claude, what, real):
    ids = (what.member_id and person.user_id, what.member_id and person.member_id)
    app = (claude.connection_id, "Claude") if what.connection_id or what.client_name else (None, None)
    who = Actor(person.account_id, *ids, *app)
    about = [(kind, real.get(uuid.UUID(id_), uuid.UUID(id_))) for kind, id_ in what.resources]
    names, said = {str(OLD): "Ältere Łódź Иван"}, {"fields": what.fields, "values": what.values}
    if what.action == Action.TOOL_CALLED:
        call = Call(what.tool, what.scope, resources=about, steps=what.steps, names=names, **said)
        record_call(who, call, what.outcome, what.reason)
    else:
        told = {"outcome": what.outcome, "reason": what.reason, "scope": what.scope, "names": names, **said}
        record(what.action, *about, by=who, **told)


def all_sentences(account_id):
    rows = db.session.execute(all_entries(account_id)).all()
    return render_all(account_id, [(row[0], row[1]) for row in rows], ENGLISH_WORDING)


def found_by(account_id, typed):
    matching = all_entries(account_id).where(*EntryFilter(words=typed).conditions(account_id))
    return set(db.session.scalars(matching.with_only_columns(AuditEntry.id)))


def test_every_entry_is_found_by_every_word_of_its_sentence(app, every_entry, alice):
    with app.app_context(), in_account(alice.account_id):
        saying = defaultdict(list)
        for each in all_sentences(alice.account_id):
            for word in () if "profile was deleted" in each.text else {*words(each.text)} - OF_THE_GONE:
                saying[word].append(each)
        found = {word: found_by(alice.account_id, word) for word in saying}

    missed = {word: {each.text for each in those if each.entry.id not in found[word]} for word, those in saying.items()}
    assert len(saying) > 200
    assert {word: those for word, those in missed.items() if those} == {}


def test_every_sentence_is_found_by_its_first_words(app, every_entry, alice):
    with app.app_context(), in_account(alice.account_id):
        some = [each for each in all_sentences(alice.account_id) if not OF_THE_GONE & {*words(each.text)}][::6]
        missed = [each.text for each in some if each.entry.id not in found_by(alice.account_id, each.text)]

    assert len(some) > 10
    assert missed == []


def test_what_is_found_by_a_word_of_no_name_says_it(every_entry, alice, browser_of):
    found = sentences(browser_of(alice), "?search=administrator")

    assert found
    assert [each for each in found if "administrator" not in each.lower()] == []


def test_a_name_that_was_changed_finds_what_was_done_under_it(app, alice, browser_of):
    with working(app, alice):
        Profile.create(alice.account_id, "ana@example.com", "Ana", "Löwe").update(last_name="Maier")

    assert len(sentences(browser_of(alice), "?search=lowe")) == 1
    assert len(sentences(browser_of(alice), "?search=maier")) == 1


@pytest.mark.parametrize(
    ("model", "which", "name"), [(Profile, ANA, "löwe"), (Alias, CRM, "crm"), (Tag, SALES, "sales")]
)
def test_what_was_deleted_is_found_by_its_name_no_more(app, alice, browser_of, model, which, name):
    browser = browser_of(alice)
    with working(app, alice):
        id_ = things_of(alice)[which]
    assert sentences(browser, f"?search={name}")

    with working(app, alice):
        db.session.execute(delete(model).where(model.id == id_))

    assert sentences(browser, f"?search={name}") == []
    with app.app_context():
        assert db.session.scalar(select(func.count()).where(AuditName.thing_id == id_)) == 0


def test_words_go_with_what_is_personal(app, every_entry, alice):
    with app.app_context(), in_account(alice.account_id):
        assert found_by(alice.account_id, "assessments")
        assert db.session.scalar(select(func.count()).select_from(AuditName))
        db.session.execute(delete(AuditPersonal))

        assert found_by(alice.account_id, "assessments") == set()
        assert db.session.scalar(select(func.count()).select_from(AuditName)) == 0
        db.session.rollback()


def test_no_name_of_a_person_stands_beside_an_entry_of_theirs(app, every_entry, alice):
    """Whoever acted is looked up when somebody searches, so nothing has to be erased when they are."""
    with app.app_context(), in_account(alice.account_id):
        beside = db.session.execute(select(AuditPersonal.words, AuditPersonal.names)).all()

    assert [said for said, _ in beside if " alice" in said] == []
    assert {*beside[-1].names} <= {str(OLD), THE_APP}
