"""In an account that shows members only profiles with their tags, nobody else exists for them: on no page, in no file, through no tool."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from blueprints.auth.access_control import MACHINE, access_of
from blueprints.mcp.registry import registry
from models.accounts import Account, Member
from models.assessments import AssessmentInvitation, AssessmentLink, Sitting
from models.assessments.bulk_invite import InvitationFile, read_sheet
from models.audit import AuditEntry
from models.database import db, in_account, new_id, now
from models.debriefs import Debrief
from models.instruments import FOCUS_DOMAINS, core_result, disc_result, focus_result
from models.mail import Kind, Message
from models.profiles import Alias, Profile, Result, Tag, give_tags
from models.request_scope import Actor, current_scope
from tests.fixtures.tool_calls import working_call
from tests.fixtures.waiting import held_for, removal_of
from tests.mcp_client import result_of
from tests.pages import csrf_token

pytestmark = pytest.mark.both_databases

NOISE = re.compile(
    r'nonce-[\w-]+|nonce="[\w-]+"|name="csrf_token"[^>]*value="[^"]+"|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
)
# No page echoes these: the tests search for beginnings of them.
TEXTS = ("Canarina", "Serinus", "hidden.example", "+49 30 271828", "crm-canarina", "Canary yellow")
# The member's own entries as files: their hashes cover the ids, so the ids stay. Names are left out there too.
FILES_OF_ENTRIES = {"settings.export_audit", "settings.download_own"}


@dataclass
class Things:
    """One of each thing about a person, and where it is named in routes and tools."""

    profile: str = ""
    other: str = ""
    tag: str = ""
    alias: str = ""
    consumer_key: str = ""
    ids: dict[str, uuid.UUID] = field(default_factory=dict)


def everything_about(account_id, name, address, tag, other):
    """A profile with everything that can belong to one."""
    profile = Profile.create(account_id, address, name, *(("Serinus", "+49 30 271828") if name == "Canarina" else ()))
    tag.put_on([profile.id])
    Result.keep(profile, "disc", disc_result({"d": 60, "i": 70, "s": 20, "c": 10}), "disc-1")
    Result.keep(
        profile, "focus", focus_result({each: 12 for names in FOCUS_DOMAINS.values() for each in names}), "focus-1"
    )
    Result.keep(profile, "core", core_result(["freedom", "wisdom", "fun", "order", "peace"]), "core-1")
    text = "# Canary yellow\n\nSings." if name == "Canarina" else "# Who\n\nTalks."
    debrief = Debrief.write(profile, text, "embedded", {})
    alias, _ = Alias.create(account_id, "profile", profile.id, f"crm-{name.lower()}")
    invitation = AssessmentInvitation.invite(account_id, address)
    link = AssessmentLink.provide(account_id, [tag.id])
    held, wish = held_for(profile), removal_of(profile)
    held.link_id = link.id
    answering = Sitting(
        account_id=account_id,
        profile_id=profile.id,
        invitation_id=invitation.id,
        email=address,
        email_key=address,
        first_name=name,
        instruments={},
        agreed_at=now(),
        touched_at=now(),
    )
    Message.post(Kind.REMOVAL_ASKED, "bob@example.com", wish.id, account_id=account_id, profile_id=profile.id)
    db.session.add(answering)
    db.session.flush()
    message = db.session.scalars(select(Message).where(Message.about_id == invitation.id).limit(1)).one()
    ids = {
        "profile_id": profile.id,
        "alias_id": alias.id,
        "sitting_id": held.id,
        "removal_id": wish.id,
        "debrief_id": debrief.id,
        "link_id": link.id,
        "message_id": message.id,
    }
    return Things(str(profile.id), str(other), str(tag.id), str(alias.id), alias.consumer_key, ids)


@pytest.fixture
def things(app, alice, bob, charlie, connect):
    """Canarina, whom Bob and Charlie no longer see, and Vera, whom they see by the tag Sales."""
    account_id = alice.account_id
    with app.app_context(), in_account(account_id):
        current_scope().authenticated_as(Actor(account_id=account_id))
        sales, berlin = Tag.create(account_id, "Sales", "red"), Tag.create(account_id, "Berlin", "blue")
        others = []
        for tag, address in ((sales, "visible@seen.example"), (berlin, "second@hidden.example")):
            other = Profile.create(account_id, address, "Visible" if tag is sales else "Canarina", "Second")
            Result.keep(other, "disc", disc_result({"d": 10, "i": 70, "s": 30, "c": 50}), "disc-1")
            tag.put_on([other.id])
            others.append(other.id)
        vera = everything_about(account_id, "Vera", "vera@seen.example", sales, others[0])
        canarina = everything_about(account_id, "Canarina", "canarina@hidden.example", berlin, others[1])
        canarina.ids["other"] = others[1]
        file = InvitationFile.keep(account_id, bob.member_id, read_sheet(b"email\nnew@seen.example\n"), "")
        file_id = file.id
        db.session.commit()
        current_scope().authenticated_as(Actor())
    robot = connect(bob)
    # While Bob sees everybody: what he and his app do then is in his part of the audit log.
    robot.result("get_profile", profile_id=canarina.profile)
    robot.result("update_profile", profile_id=canarina.profile, phone="+49 30 271828")
    robot.result("update_alias", alias_id=canarina.alias, consumer_key="crm-canarina")
    robot.result("list_profiles")
    with app.app_context(), in_account(account_id):
        db.session.get_one(Account, account_id).show_profiles_by_tags(True)
        for person in (bob, charlie):
            give_tags(db.session.get_one(Member, person.member_id), [uuid.UUID(vera.tag)])
        db.session.commit()
        of_robot = select(AuditEntry.id).where(AuditEntry.tool == "update_profile")
        vera.ids |= {
            "tag_id": uuid.UUID(vera.tag),
            "file_id": file_id,
            "connection_id": robot.connection_id,
            "entry_id": db.session.scalar(of_robot),
            "member_id": bob.member_id,
        }
        db.session.rollback()
    return robot, vera, canarina


def rules(app, method):
    for rule in app.url_map.iter_rules():
        by_people = access_of(app.view_functions[rule.endpoint]) != MACHINE and rule.endpoint != "static"
        if by_people and method in (rule.methods or ()):
            yield rule


def address(app, rule, ids):
    values = {name: ids.get(name, "x" if name == "secret" else new_id()) for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, values)


def queries(things, canarina):
    """Searches and filters that somebody would try to find hidden people with."""
    hidden, other, tag = canarina.profile, str(canarina.ids["other"]), canarina.tag
    yield "/profiles", {"search": "canari"}
    yield "/profiles", {"search": "canarina@hidden.ex"}
    yield "/profiles", {"tag": tag}
    yield "/profiles", {"sort": "completed"}
    yield "/profiles", {"sort": "created", "status": "completed", "style": "ID"}
    yield "/profiles/export", {"search": "canari"}
    yield "/profiles/export", {"tag": tag}
    yield "/reporting/comparison", {"profile": [hidden, other]}
    yield "/reporting/comparison", {"profile": [things.profile, things.other], "search": "canari"}
    yield "/reporting/comparison", {"tag": tag}
    yield "/reporting/comparison.csv", {"profile": [hidden, other]}
    yield "/reporting/group", {"tag": tag}
    yield "/reporting/group.csv", {"tag": tag}
    yield "/invitations", {"state": "sent"}
    yield "/settings/aliases", {"search": "crm-can"}
    yield "/settings/audit", {"search": "canari"}
    yield "/settings/audit", {"action": "profile.changed"}
    yield "/settings/audit/export", {"format": "csv"}
    yield "/settings/outbox", {"state": "planned"}
    yield "/tags", {"search": "berl"}


def leaks(text, canarina, *, ids=True):
    """What a text says of Canarina."""
    found = [canary for canary in TEXTS if canary in text]
    if ids:
        found += [name for name, id_ in canarina.ids.items() if str(id_) in text or id_.hex in text]
    return found


def opened(app, browser, things, canarina):
    """Every page and file that a member can open, with the addresses of visible things and of no thing."""
    for rule in rules(app, "GET"):
        path = address(app, rule, things.ids)
        yield rule.endpoint, path, browser.get(path)
    for path, query in queries(things, canarina):
        answer = browser.get(f"{path}?{urlencode(query, doseq=True)}")
        if answer.status_code == 302:
            answer = browser.get(answer.location)
        yield path, f"{path} {query}", answer


def test_no_page_and_no_file_names_a_hidden_person(app, alice, bob, charlie, browser_of, things):
    _, vera, canarina = things
    told = ""
    for person in (bob, charlie):
        visited = 0
        for name, path, answer in opened(app, browser_of(person), vera, canarina):
            assert answer.status_code < 500, path
            of_ids = name not in FILES_OF_ENTRIES and name not in {"/reporting/comparison", "/settings/audit/export"}
            assert leaks(answer.text, canarina, ids=of_ids) == [], f"{person.name} at {path}"
            visited += answer.status_code == 200
            told += answer.text
        assert visited > (50 if person is bob else 30)
    assert "Vera" in told
    assert "somebody you do not see" in told or "a profile you do not see" in told

    # The same pages do name her to an Owner: here a canary would sing.
    hers = replace(vera, ids=vera.ids | canarina.ids)
    owners = "".join(answer.text for _, _, answer in opened(app, browser_of(alice), hers, canarina))
    assert {*leaks(owners, canarina)} >= {*TEXTS} | {"profile_id", "alias_id", "sitting_id"}


def test_the_audit_log_is_not_searched_by_the_name_of_a_hidden_person(alice, bob, browser_of, things):
    entries = "/settings/audit?search="
    assert "update_profile" not in browser_of(bob).get(f"{entries}canari").text
    assert "Nothing found" in browser_of(bob).get(f"{entries}canari").text
    assert "update_profile" in browser_of(bob).get(f"{entries}changed").text
    assert "update_profile" in browser_of(alice).get(f"{entries}canari").text


@pytest.mark.asvs("8.2.2")
def test_on_every_page_and_form_a_hidden_id_is_an_unknown_id(app, bob, charlie, browser_of, things):
    _, vera, canarina = things
    tried = set()
    for person in (bob, charlie):
        browser = browser_of(person)
        token = csrf_token(browser, "/settings/connections")
        for method in ("GET", "POST"):
            for rule in rules(app, method):
                named = rule.arguments & canarina.ids.keys()
                if not named:
                    continue
                answers = []
                for ids in (canarina.ids, {name: new_id() for name in named}):
                    path = address(app, rule, vera.ids | {name: ids[name] for name in named})
                    sent = {"csrf_token": token, "email": "x@seen.example", "consumer_key": "crm-x", "first_name": "X"}
                    answer = browser.open(path, method=method, data=sent if method == "POST" else None)
                    answers.append((answer.status_code, NOISE.sub("", answer.text)))
                    assert leaks(answer.text, canarina, ids=False) == [], path
                assert answers[0] == answers[1], f"{method} {rule.rule} tells {person.name} that she exists"
                assert answers[0][0] in {403, 404}, f"{method} {rule.rule} answered {answers[0][0]} to {person.name}"
                tried.add(rule.endpoint)
    assert tried >= {"profiles.profile", "profiles.delete_profile", "invitations.remind", "profiles.accept_held"}
    is_as_she_was(app, bob, canarina)


def is_as_she_was(app, bob, canarina):
    with app.app_context(), in_account(bob.account_id):
        profile = Profile.find(bob.account_id, uuid.UUID(canarina.profile))
        assert (profile.first_name, profile.email) == ("Canarina", "canarina@hidden.example")
        assert Alias.find(bob.account_id, uuid.UUID(canarina.alias)).consumer_key == "crm-canarina"
        assert Sitting.find(bob.account_id, canarina.ids["sitting_id"]).state == "held"
        assert AssessmentInvitation.unanswered(bob.account_id, profile.id) is not None
        db.session.rollback()


def test_a_form_that_names_a_hidden_person_does_nothing_to_her(app, bob, browser_of, things):
    _, vera, canarina = things
    browser = browser_of(bob)
    token = csrf_token(browser, "/settings/connections")

    def answer(path, **sent):
        given = browser.post(path, data={"csrf_token": token, **sent})
        # What was entered is filled in again.
        entered = [text for text in sent.values() if isinstance(text, str)]
        said = "".join(re.split("|".join(map(re.escape, entered)), NOISE.sub("", given.text)))
        assert leaks(said, canarina, ids=False) == [], path
        return given.status_code, said

    for path in ("/profiles/tagging", "/profiles/untagging"):
        hidden = answer(path, profile=[canarina.profile, vera.profile], tag=vera.tag)
        assert hidden == answer(path, profile=[str(new_id()), vera.profile], tag=vera.tag)
        assert hidden[0] == 404
    hidden = answer("/settings/aliases/new", email="canarina@hidden.example", consumer_key="crm-x")
    assert hidden == answer("/settings/aliases/new", email="nobody@seen.example", consumer_key="crm-x")
    assert hidden[0] == 400
    # What must be unique is refused, and with the same words wherever it is: no more is said.
    assert "Ask an Owner" in answer("/profiles/new", email="canarina@hidden.example", tag=vera.tag)[1]
    assert "Ask an Owner" in answer("/invitations/new", email="canarina@hidden.example", tag=vera.tag)[1]
    taken = answer("/settings/aliases/new", email="vera@seen.example", consumer_key="crm-canarina")
    assert "This consumer key cannot be used here" in taken[1]
    is_as_she_was(app, bob, canarina)


@pytest.mark.asvs("8.2.2")
def test_no_tool_names_a_hidden_person_or_does_anything_to_her(app, bob, things):
    robot, vera, canarina = things
    by_id = set()
    for tool in registry:
        # Only Owners have this permission, and it is about nobody.
        if tool.name == "update_account":
            continue
        arguments = working_call(tool.name, canarina)
        if tool.name == "send_assessment_invite":
            arguments |= {"email": "canarina@hidden.example", "tag_ids": [vera.tag]}
        answer = robot.call(tool.name, **arguments)
        assert leaks(answer.text, canarina, ids=False) == [], tool.name
        unknown = {name: unlike(name, value) for name, value in arguments.items()}
        if unknown != arguments:
            assert result_of(answer)["isError"], tool.name
            assert result_of(robot.call(tool.name, **unknown)) == result_of(answer), tool.name
            by_id.add(tool.name)
        elif not tool.reads and tool.name != "create_tag":
            assert result_of(answer)["isError"], tool.name
    assert by_id >= {"get_profile", "get_debrief", "compare_profiles", "update_profile", "delete_profile"}
    assert by_id >= {"tag_profiles", "untag_profiles", "create_alias", "update_alias", "delete_alias"}
    assert result_of(robot.call("get_profile", alias="crm-canarina"))["isError"]
    is_as_she_was(app, bob, canarina)


def unlike(name, value):
    if name in {"profile_id", "alias_id", "resource_id"}:
        return str(new_id())
    return [str(new_id()) for _ in value] if name == "profile_ids" else value


def test_tools_that_read_find_those_whom_the_member_sees_and_nobody_else(things):
    robot, vera, canarina = things
    found = robot.result("list_profiles")
    assert {each["first_name"] for each in found["profiles"]} == {"Vera", "Visible"}
    assert (found["total"], found["total_is_exact"]) == (2, True)
    assert robot.result("list_profiles", search="canari")["total"] == 0
    assert robot.result("list_profiles", tag_ids=[canarina.tag])["total"] == 0
    counts = robot.result("get_account", include_tags=True)["counts"]
    assert (counts["profiles"], counts["aliases"]) == (2, 1)
    assert {tag["label"]: tag["profiles"] for tag in robot.result("list_tags")["tags"]} == {"Sales": 2, "Berlin": 0}
    assert robot.result("get_profile", profile_id=vera.profile)["first_name"] == "Vera"
    assert "only profiles with certain tags and their own" in robot.ask("server/discover").text
