"""Finding entries of the trail by every word of their sentences: whatever a sentence says, it is found by."""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import Any

import pytest
from sqlalchemy import insert

from models.accounts.member import Member
from models.accounts.member_invitation import MemberInvitation
from models.audit.placeholders import FIELDS, KINDS, LIMITS, REASONS, SETTINGS
from models.audit.recorder import THE_APP, Action, AuditEntry, AuditPersonal, Outcome, acting_in
from models.audit.sentences import READS
from models.audit_log.query import Wanted, told, whole_trail
from models.audit_log.search import BETWEEN
from models.database.base import db, new_id, now, table_of
from models.database.tenancy import in_account
from models.permissions import Role
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.text import words
from tests.blueprints.settings.test_audit import sentences
from tests.models.audit_log.test_sentences import ALICE, ANA, BOB, CLAUDE, CRM, DORA, GONE, OLD, SALES, SENTENCES


def made(action, outcome=Outcome.ALLOWED, resources=(), **more):
    """An entry as it is kept, by Alice unless it says otherwise."""
    facts: dict[str, Any] = {
        "member_id": ALICE,
        "user_id": ALICE,
        "connection_id": None,
        "client_name": None,
        "tool": None,
        "scope": None,
        "reason": None,
        "fields": [],
        "values": {},
        "steps": [],
        "resource_count": len(resources),
        "request_id": None,
    }
    resources = [[kind, str(id_)] for kind, id_ in resources]
    return {"action": action, "outcome": outcome, "resources": resources, **facts, **more}


def by_tool(tool="update_tag", **more):
    return made(Action.TOOL_CALLED, tool=tool, connection_id=CLAUDE, **more)


def of_every_action():
    for what, _ in SENTENCES.values():
        facts = {column.key: getattr(what, column.key) for column in table_of(AuditEntry).columns}
        kept = {name: value for name, value in facts.items() if value is not None}
        yield made(**kept)
        yield made(**kept | {"member_id": None, "user_id": None})
        yield made(**kept | {"member_id": uuid.uuid4(), "user_id": None})


def of_every_field():
    for known, action in ((SETTINGS, Action.ACCOUNT_CHANGED), (FIELDS, Action.PROFILE_CHANGED)):
        yield from (made(action, fields=[each], resources=[("profile", ANA)]) for each in known)
    for action in (Action.CONNECTION_LIMITED, Action.POLICY_CHANGED):
        yield from (made(action, fields=[each], connection_id=CLAUDE) for each in LIMITS)
    for fields in ([], ["label"], ["color"], ["label", "color"]):
        for values in ({}, {"color": "red"}):
            yield made(Action.TAG_CHANGED, fields=fields, values=values, resources=[("tag", SALES)])


def of_every_end():
    for reason in [*REASONS, "a_reason_of_tomorrow", None]:
        yield by_tool(outcome=Outcome.REFUSED, reason=reason)
        yield by_tool(outcome=Outcome.FAILED, reason=reason)
        yield made(Action.TOKEN_REFUSED, outcome=Outcome.REFUSED, reason=reason, connection_id=CLAUDE)
    yield by_tool(outcome=Outcome.REFUSED, reason="scope", scope="tags:manage profiles:read")
    yield by_tool("a_tool_of_tomorrow")
    yield made("word.of_the_past")


def of_every_thing():
    """Of each kind none, some, many and too many; and what is gone, with its name and without."""
    known = {"profile": ANA, "tag": SALES, "alias": CRM, "member": BOB, "member_invitation": DORA}
    actions = (
        Action.PROFILE_CHANGED,
        Action.PROFILE_DELETED,
        Action.TAG_CREATED,
        Action.TAG_DELETED,
        Action.ALIAS_CREATED,
        Action.ALIAS_DELETED,
        Action.MEMBER_REMOVED,
        Action.MEMBER_INVITED,
        Action.MAIL_FAILED,
        Action.PROFILE_EXPORTED,
    )
    for action in actions:
        for kind in KINDS:
            for things in ([], [known[kind], GONE], [OLD], [uuid.UUID(int=n) for n in range(200, 205)]):
                yield made(action, resources=[(kind, id_) for id_ in things])
    for tool in READS:
        for kind in KINDS:
            yield by_tool(tool, resources=[(kind, uuid.UUID(int=n)) for n in range(200, 400)], resource_count=300)
            yield by_tool(tool, resources=[(kind, known[kind])])


def of_every_value():
    yield made(Action.CONNECTION_REVOKED, member_id=BOB, connection_id=CLAUDE)
    yield made(Action.CONNECTION_REVOKED, connection_id=uuid.UUID(int=77))
    yield made(Action.CLIENT_REMOVED)
    yield made(Action.TAG_CREATED, connection_id=uuid.UUID(int=77), resources=[("tag", SALES)])
    yield made(Action.MEMBER_JOINED)
    for action in (Action.TRAIL_EXPORTED, Action.PROFILES_EXPORTED):
        yield from (made(action, values=values) for values in ({}, {"filtered": True}))
    for values in ({}, {"entries": 1}, {"entries": 37}):
        yield made(Action.TRAIL_PURGED, values=values)
    for action in (Action.CONNECTION_NARROWED, Action.DEBRIEF_WRITTEN, Action.SHARED_LINK_CREATED):
        yield made(action, connection_id=CLAUDE, resources=[("profile", ANA)])
        yield made(action, request_id="req", member_id=None, user_id=None, resources=[("profile", ANA)])


@pytest.fixture
def every_entry(app, alice, bob, claude):
    """Entries of each kind that there is, with what each hole of each phrase can say."""
    with app.app_context(), in_account(alice.account_id), acting_in(alice.account_id):
        real = things_of(alice) | {ALICE: alice.member_id, BOB: bob.member_id, CLAUDE: claude.connection_id}
        parts = (of_every_action(), of_every_field(), of_every_end(), of_every_thing(), of_every_value())
        for each in (entry for part in parts for entry in part):
            keep(alice.account_id, each, real)
        db.session.commit()


def things_of(person):
    account_id = person.account_id
    ana = Profile.create(account_id, "ana@example.com", "Ana", "Löwe").id
    inviter = db.session.get_one(Member, person.member_id)
    invited, _ = MemberInvitation.create(inviter, "dora@example.com", Role.USER)
    alias, _ = Alias.create(account_id, "profile", ana, "crm-1")
    return {ANA: ana, SALES: Tag.create(account_id, "Sales", "red").id, CRM: alias.id, DORA: invited.id}


def keep(account_id, facts, real):
    facts |= {name: real.get(facts[name], facts[name]) for name in ("member_id", "connection_id")}
    facts["resources"] = [[kind, str(real.get(uuid.UUID(id_), id_))] for kind, id_ in facts["resources"]]
    facts |= {"id": new_id(), "account_id": account_id, "at": now(), "personal_digest": "", "entry_hash": ""}
    client_name = facts.pop("client_name")
    db.session.execute(insert(table_of(AuditEntry)), facts | {"client_name": None})
    names = {str(OLD): "Ältere Łódź Иван", **({THE_APP: client_name} if client_name else {})}
    row = {"entry_id": facts["id"], "account_id": account_id, "salt": "", "names": names}
    db.session.execute(insert(table_of(AuditPersonal)), row)


@pytest.fixture
def trail(app, every_entry, alice):
    """All of it, told."""
    with app.app_context(), in_account(alice.account_id):
        rows = db.session.execute(whole_trail(alice.account_id)).all()
        yield told(alice.account_id, [(row[0], row[1]) for row in rows])


def not_found_by(typed, account_id, trail):
    """The sentences among these that a search for this does not find."""
    wanted = Wanted(words=typed)
    matching = whole_trail(account_id).where(*wanted.conditions(account_id)).with_only_columns(AuditEntry.id)
    found, sifted_by = {*db.session.scalars(matching)}, wanted.common_words(account_id)
    return {each.text for each in trail if each.entry.id not in found or not each.says(sifted_by)}


def test_every_entry_is_found_by_every_word_of_its_sentence(trail, alice):
    saying = defaultdict(list)
    for each in trail:
        for word in {*words(each.text)} - BETWEEN:
            saying[word].append(each)

    missed = {word: not_found_by(word, alice.account_id, those) for word, those in saying.items()}

    assert len(saying) > 200
    assert {word: those for word, those in missed.items() if those} == {}


def test_every_sentence_is_found_by_itself(trail, alice):
    one_of_each = {(each.entry.action, each.entry.outcome): each for each in trail}
    some = [*one_of_each.values()][::6]

    assert [found for each in some if (found := not_found_by(each.text, alice.account_id, [each]))] == []


@pytest.mark.parametrize("word", ["operator", "somebody", "deleted"])
def test_what_is_found_by_a_word_of_no_name_says_it(every_entry, alice, browser_of, word):
    found = sentences(browser_of(alice), f"?search={word}")

    assert found
    assert [each for each in found if word not in each.lower()] == []
