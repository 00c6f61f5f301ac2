"""Calls that wait for a person: what they are shown, their answer on a page, and the one call that follows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from models.accounts.account import Account
from models.accounts.member import Member
from models.approvals import MOST_WAITING, Approval
from models.assessments.removal_request import RemovalRequest
from models.audit.recorder import AuditEntry
from models.connections.policy import ConnectionPolicy
from models.database.base import db, now
from models.database.prepared import Prepared
from models.database.tenancy import in_account
from models.identity.passkey import Passkey
from models.identity.session import LoginSession
from models.mail.message import Kind, Message
from models.permissions import Role
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from tests.for_each import for_each
from tests.mcp_client import ENVELOPE, result_of
from tests.pages import csrf_token, text_of

pytestmark = pytest.mark.both_databases
CALL = "/settings/connections/{}/calls/{}"
HANDSHAKE = {"protocolVersion": "2025-11-25", "clientInfo": {"name": "tests", "version": "1"}}


@pytest.fixture
def asks(limit):
    """Claude must ask before it does any of these."""
    return lambda *kinds: limit(ask_first=list(kinds))


@pytest.fixture
def questions(app, alice):
    """Everything that was asked, oldest first."""

    def read():
        with app.app_context(), in_account(alice.account_id):
            return list(db.session.scalars(select(Approval).order_by(Approval.id)))

    return read


@pytest.fixture
def hers(alice, browser_of):
    return browser_of(alice)


def answer(browser, approval, chosen, shown=None):
    address = CALL.format(approval.connection_id, approval.id)
    form = {
        "csrf_token": csrf_token(browser, f"/settings/connections/{approval.connection_id}"),
        "answer": chosen,
        "shown": shown or approval.digest,
    }
    return browser.post(address, data=form, follow_redirects=True)


def capable(claude, **more):
    """A call as a client makes it that opens addresses for its person."""
    able = {**ENVELOPE, "io.modelcontextprotocol/clientCapabilities": {"elicitation": {"url": {}}}}

    def call(tool, **arguments):
        body, headers = claude.message("tools/call", {"name": tool, "arguments": arguments, **more})
        body["params"]["_meta"] = able
        return claude.send(body, headers=headers)

    return call


def test_a_deletion_waits_until_its_member_allows_it_and_runs_once(
    app, claude, ours, asks, questions, hers, audit_log, in_aperture
):
    asks("delete")

    refused = claude.refusal("delete_profile", profile_id=ours.profile)
    [asked] = questions()
    assert CALL.format(claude.connection_id, asked.id) in refused
    assert [(e.outcome, e.reason) for e in audit_log()] == [("refused", "ask_first")]

    page = hers.get(CALL.format(claude.connection_id, asked.id))
    assert "Delete the profile of Doug Rattmann" in text_of(page)
    assert ours.profile in page.get_data(as_text=True)
    assert "can now make this call, once" in text_of(answer(hers, asked, "allow"))

    assert claude.result("delete_profile", profile_id=ours.profile)["deleted"] == ours.profile
    assert "no profile" in claude.refusal("delete_profile", profile_id=ours.profile)
    with in_aperture():
        assert db.session.get(Approval, asked.id).arguments == {}
        said = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("connection.call%"))).all()
        assert said == ["connection.call_allowed"]


def test_the_person_is_told_what_cannot_be_taken_back(
    claude, ours, asks, questions, hers, in_aperture, alice, monkeypatch
):
    asks("delete")
    claude.refusal("delete_profile", profile_id=ours.profile)
    [before] = questions()
    assert "You can take it back for 30 days" in text_of(hers.get(CALL.format(claude.connection_id, before.id)))
    answer(hers, before, "allow")
    with in_aperture():
        RemovalRequest.ask(Profile.find(alice.account_id, UUID(ours.profile)))
    monkeypatch.setattr("models.audit.before_image.MOST_ROWS", 1)

    # It would be another deletion than the one that was allowed.
    claude.refusal("delete_profile", profile_id=ours.profile)
    claude.refusal("delete_tag", tag_id=ours.tag)

    said = [text_of(hers.get(CALL.format(claude.connection_id, asked.id))) for asked in questions()[1:]]
    assert ["The person asked to be removed" in page for page in said] == [True, False]
    assert ["changes too many profiles to be taken back" in page for page in said] == [False, True]


def test_what_was_denied_is_not_asked_again_at_once(claude, ours, asks, questions, hers):
    asks("delete")
    claude.refusal("delete_tag", tag_id=ours.tag)
    [asked] = questions()
    assert "Delete the tag “doug team”, which 1 profile has." in text_of(
        hers.get(CALL.format(claude.connection_id, asked.id))
    )

    assert "Nothing was done" in text_of(answer(hers, asked, "deny"))

    assert "did not allow it" in claude.refusal("delete_tag", tag_id=ours.tag)
    assert [each.arguments for each in questions()] == [{}]


def test_the_same_call_again_is_the_same_question(claude, ours, asks, questions):
    asks("delete")
    for _again in range(3):
        claude.refusal("delete_tag", tag_id=ours.tag)
    claude.refusal("delete_alias", alias_id=ours.alias)
    assert len(questions()) == 2


def test_what_changed_since_it_was_shown_is_asked_again(claude, ours, asks, questions, hers, in_aperture, alice):
    asks("delete")
    claude.refusal("delete_tag", tag_id=ours.tag)
    answer(hers, questions()[0], "allow")
    with in_aperture():
        Tag.find(alice.account_id, UUID(ours.tag)).put_on([UUID(ours.other)])

    claude.refusal("delete_tag", tag_id=ours.tag)

    first, second = questions()
    assert (first.facts["count"], second.facts["count"]) == (1, 2)
    assert second.allowed is None


def test_what_would_be_overwritten_is_shown_and_asked_again_once_it_is_something_else(
    claude, ours, asks, questions, hers, in_aperture, alice
):
    asks("change")
    wanted = {"first_name": "Douglas", "clear": ["phone"], "custom_id": "crm-9"}
    claude.refusal("update_profile", profile_id=ours.profile, **wanted)
    [asked] = questions()
    said = text_of(hers.get(CALL.format(claude.connection_id, asked.id)))
    sentence = (
        "Change the profile of Doug Rattmann: first name to “Douglas”; phone number emptied; custom id to “crm-9”."
    )
    assert sentence in said
    assert "First name Doug Douglas Phone number +49 30 1234 Empty Custom id crm-doug crm-9" in said
    answer(hers, asked, "allow")
    with in_aperture():
        Profile.find(alice.account_id, UUID(ours.profile)).update(first_name="Dougal")

    assert "must allow" in claude.refusal("update_profile", profile_id=ours.profile, **wanted)

    again = questions()[1]
    assert (again.facts["changes"][0], again.allowed) == (["first_name", "Dougal", "Douglas"], None)
    answer(hers, again, "allow")
    assert claude.result("update_profile", profile_id=ours.profile, **wanted)["first_name"] == "Douglas"


@for_each(
    "tool, arguments, meanwhile, said",
    [
        (
            "update_account",
            {"name": "Aperture", "assessments": ["disc", "focus"], "eco_printing": True},
            lambda tag: db.session.get_one(Account, tag.account_id).update(eco_printing=True),
            "assessments to “DISC and Focus”; reports without coloured areas to “yes”; name to “Aperture”.",
        ),
        (
            "update_tag",
            {"color": "blue"},
            lambda tag: tag.update(color="pink"),
            "Make the tag “doug team” blue.",
        ),
    ],
)
def test_a_setting_that_changed_in_between_is_asked_about_again(
    claude, ours, asks, questions, hers, in_aperture, alice, tool, arguments, meanwhile, said
):
    asks("change")
    before = len(questions())
    arguments = arguments | ({"tag_id": ours.tag} if tool == "update_tag" else {})
    claude.refusal(tool, **arguments)
    asked = questions()[-1]
    assert said in text_of(hers.get(CALL.format(claude.connection_id, asked.id)))
    answer(hers, asked, "allow")
    with in_aperture():
        meanwhile(Tag.find(alice.account_id, UUID(ours.tag)))

    assert "must allow" in claude.refusal(tool, **arguments)
    assert len(questions()) == before + 2


def test_a_yes_is_for_these_arguments_and_this_app_alone(
    claude, ours, connect, asks, questions, hers, bob, limit, in_aperture
):
    asks("change")
    claude.refusal("create_tag", label="One", color="red")
    answer(hers, questions()[0], "allow")

    claude.refusal("create_tag", label="Two", color="red")
    claude.refusal("create_tag", label="One", color="blue")
    with in_aperture():
        policy = ConnectionPolicy.locked(bob.account_id)
        policy.change(ask_first=["change"])
    connect(bob, name="Codex").refusal("create_tag", label="One", color="red")

    assert claude.result("create_tag", label="One", color="red")["label"] == "One"
    assert "first" in claude.refusal("create_tag", label="Two", color="red")


def test_a_yes_is_over_after_fifteen_minutes(app, claude, ours, asks, questions, hers, in_aperture):
    asks("delete")
    claude.refusal("delete_tag", tag_id=ours.tag)
    answer(hers, questions()[0], "allow")
    with in_aperture():
        db.session.execute(update(Approval).values(expires_at=now() - timedelta(seconds=1)))

    assert "must allow" in claude.refusal("delete_tag", tag_id=ours.tag)
    old, new = questions()
    assert "over" in text_of(answer(hers, old, "allow"))
    assert new.allowed is None


def test_an_answer_to_something_else_than_was_shown_is_none(claude, ours, asks, questions, hers):
    asks("delete")
    claude.refusal("delete_tag", tag_id=ours.tag)

    assert "Nothing was done" in text_of(answer(hers, questions()[0], "allow", shown="0" * 64))

    assert questions()[0].allowed is None


def test_to_allow_needs_recent_proof_and_to_deny_does_not(claude, ours, asks, questions, hers, alice, long_ago):
    asks("delete")
    claude.refusal("delete_tag", tag_id=ours.tag)
    long_ago(alice)

    assert "Confirm" in text_of(answer(hers, questions()[0], "allow"))
    assert questions()[0].allowed is None
    answer(hers, questions()[0], "deny")
    assert questions()[0].allowed is False


def test_nobody_else_can_answer_unless_owners_may(
    app, ours, connect, bob, alice, browser_of, questions, in_aperture, eve
):
    bobs = connect(bob)
    with in_aperture():
        ConnectionPolicy.locked(bob.account_id).change(ask_first=["delete"])
    bobs.refusal("delete_tag", tag_id=ours.tag)
    [asked] = questions()

    assert browser_of(alice).get(CALL.format(bobs.connection_id, asked.id)).status_code == 404
    assert browser_of(eve).get(CALL.format(bobs.connection_id, asked.id)).status_code == 404
    with in_aperture():
        ConnectionPolicy.locked(bob.account_id).change(owners_answer=True)
    assert "Delete the tag" in text_of(browser_of(alice).get("/dashboard"))
    assert "once" in text_of(answer(browser_of(alice), asked, "allow"))
    bobs.result("delete_tag", tag_id=ours.tag)


def test_owners_see_what_waits_in_the_whole_account_and_its_arguments_where_they_answer(
    app, claude, ours, connect, bob, alice, browser_of, hers, in_aperture, questions, asks
):
    everyone = "/settings/connections/everyone"
    assert "No call waits now." in text_of(hers.get(everyone))
    bobs = connect(bob, name="Codex")
    with in_aperture():
        ConnectionPolicy.locked(bob.account_id).change(ask_first=["delete", "send"])
    bobs.refusal("delete_profile", profile_id=ours.profile)

    said = text_of(hers.get(everyone))
    assert "For every app Deleting and sending mail to people Answered by Only the member who connected the app" in said
    assert "delete_profile Codex Bob" in said
    assert "Doug" not in said
    assert "Delete the profile" not in text_of(hers.get("/dashboard"))
    assert "1 call waits for another member" in text_of(hers.get("/dashboard"))
    assert "waits for another member" not in text_of(browser_of(bob).get("/dashboard"))

    with in_aperture():
        ConnectionPolicy.locked(bob.account_id).change(owners_answer=True)
    page = hers.get(everyone)
    assert "Delete the profile of Doug Rattmann" in text_of(page)
    assert CALL.format(bobs.connection_id, questions()[0].id) in page.text
    assert "waits for another member" not in text_of(hers.get("/dashboard"))
    assert browser_of(bob).get(everyone).status_code in {302, 403, 404}


@for_each(
    "kind, tool, more, waits",
    [
        ("send", "send_assessment_invite", {"email": "new@example.org"}, True),
        ("send", "create_tag", {"label": "New", "color": "red"}, False),
        ("delete", "create_tag", {"label": "Newer", "color": "red"}, False),
        ("change", "create_tag", {"label": "Newest", "color": "red"}, True),
        ("change", "list_tags", {}, False),
    ],
)
def test_only_calls_of_these_kinds_wait(claude, ours, asks, questions, kind, tool, more, waits):
    asks(kind)
    before = len(questions())
    claude.call(tool, **more)
    assert (len(questions()) > before) == waits


def test_an_invitation_names_the_tags_that_it_gives(claude, ours, asks, questions, hers, audit_log):
    asks("send")
    given = {"email": "new@example.org", "tag_ids": [ours.tag]}
    claude.refusal("send_assessment_invite", **given)
    [asked] = questions()
    said = "Send new@example.org an e-mail that invites to the assessments, and add the tag doug team to the profile."
    assert said in text_of(hers.get(CALL.format(claude.connection_id, asked.id)))

    answer(hers, asked, "allow")
    claude.result("send_assessment_invite", **given)
    assert "added the tag doug team to the profile of new@example.org" in text_of(hers.get("/settings/audit"))


def test_many_at_once_is_more_than_ten(claude, ours, asks, questions, in_aperture, alice):
    asks("many")
    with in_aperture():
        people = [str(Profile.create(alice.account_id, f"p{n}@example.org").id) for n in range(11)]

    claude.result("tag_profiles", tag_id=ours.tag, profile_ids=people[:10])
    claude.refusal("tag_profiles", tag_id=ours.tag, profile_ids=people)

    assert [each.facts["count"] for each in questions()] == [11]
    claude.refusal("delete_tag", tag_id=ours.tag)
    assert [each.facts["count"] for each in questions()] == [11, 11]


def test_a_flood_is_bounded_and_mailed_once(claude, ours, asks, questions, in_aperture):
    asks("change")
    said = [claude.refusal("create_tag", label=f"Tag {n}", color="red") for n in range(MOST_WAITING + 2)]

    assert len(questions()) == MOST_WAITING
    assert "Too many calls" in said[-1]
    with in_aperture():
        assert len(db.session.scalars(select(Message.id).where(Message.kind == Kind.APP_ASKS)).all()) == 1


def test_whoever_revokes_has_said_no(claude, ours, asks, questions, hers):
    asks("delete")
    claude.refusal("delete_tag", tag_id=ours.tag)
    [asked] = questions()
    hers.post(
        f"/settings/connections/{claude.connection_id}/revocation",
        data={"csrf_token": csrf_token(hers, f"/settings/connections/{claude.connection_id}")},
    )

    assert "over" in text_of(answer(hers, asked, "allow"))
    assert questions()[0].allowed is None


def test_a_client_that_opens_addresses_gets_one_and_its_accept_allows_nothing(claude, ours, asks, questions):
    asks("delete")

    result = result_of(capable(claude)("delete_tag", tag_id=ours.tag))
    [asked] = questions()
    assert (result["resultType"], result["requestState"]) == ("input_required", str(asked.id))
    question = result["inputRequests"]["approval"]
    assert (question["method"], question["params"]["mode"]) == ("elicitation/create", "url")
    assert question["params"]["url"].endswith(CALL.format(claude.connection_id, asked.id))

    back = {"requestState": str(asked.id), "inputResponses": {"approval": {"action": "accept"}}}
    again = result_of(capable(claude, **back)("delete_tag", tag_id=ours.tag))
    assert again["isError"]
    assert "must allow" in again["content"][0]["text"]
    assert len(questions()) == 1


def test_a_client_of_the_handshake_era_says_once_that_it_opens_addresses(claude, ours, asks, questions):
    asks("delete")
    older = claude.speaking("2025-11-25")
    older.ask("initialize", {**HANDSHAKE, "capabilities": {"elicitation": {"url": {}}}})

    error = older.call("delete_tag", tag_id=ours.tag).json["error"]
    [asked] = questions()
    assert error["code"] == -32042
    [question] = error["data"]["elicitations"]
    assert (question["mode"], question["elicitationId"]) == ("url", str(asked.id))

    older.ask("initialize", {**HANDSHAKE, "capabilities": {}})
    assert "must allow" in older.refusal("delete_tag", tag_id=ours.tag)


def test_a_call_that_could_not_run_is_not_asked_about(claude, ours, asks, questions):
    asks("delete")
    assert "no profile" in claude.refusal("delete_profile", profile_id=ours.tag)
    assert not questions()


def test_what_a_role_does_not_allow_is_refused_and_not_asked_about(
    claude, ours, asks, questions, in_aperture, alice, bob
):
    asks("delete", "change")
    with in_aperture():
        db.session.get_one(Member, alice.member_id).role = Role.USER

    assert "lacks the permission" in claude.refusal("delete_tag", tag_id=ours.tag)
    assert not questions()


def test_without_the_second_factor_that_the_account_requires_nobody_sees_what_waits(
    claude, ours, asks, questions, hers, in_aperture, alice
):
    asks("delete")
    claude.refusal("delete_profile", profile_id=ours.profile)
    page = f"/settings/connections/{claude.connection_id}"
    assert "Doug" in text_of(hers.get(page))
    with in_aperture():
        db.session.get_one(Account, alice.account_id).second_factor_required = True

    assert "Doug" not in text_of(hers.get(page))
    assert hers.get(f"{page}/calls/{questions()[0].id}").status_code == 302


def test_calls_that_need_no_yes_run_no_statement_more(claude, ours, asks, monkeypatch):
    ran, run = [], Prepared._run

    def noted(self, values):
        ran.append(self)
        return run(self, values)

    monkeypatch.setattr(Prepared, "_run", noted)

    def statements(color):
        ran.clear()
        claude.result("create_tag", label=color, color=color)
        return len(ran)

    def statements_of_change(name):
        ran.clear()
        claude.result("update_profile", profile_id=ours.profile, first_name=name)
        return len(ran)

    statements("blue")
    before, changing = statements("red"), statements_of_change("Dougal")
    asks("delete", "send", "many")
    assert (statements("pink"), statements_of_change("Douglas")) == (before, changing)


def test_somebody_with_a_passkey_allows_a_deletion_with_it(
    app, claude, ours, asks, questions, hers, alice, in_aperture
):
    asks("delete", "send")
    with in_aperture():
        db.session.add(a_passkey_of(alice))
    claude.refusal("delete_tag", tag_id=ours.tag)
    claude.refusal("send_assessment_invite", email="new@example.org")
    deletion, mail = questions()

    page = answer(hers, deletion, "allow")
    assert "To allow a deletion, use your passkey" in text_of(page)
    assert 'type="password"' not in page.get_data(as_text=True)
    answer(hers, mail, "allow")
    assert [each.allowed for each in questions()] == [None, True]

    with in_aperture():
        db.session.execute(update(LoginSession).values(passkey_at=now()))
    answer(hers, deletion, "allow")
    assert [each.allowed for each in questions()] == [True, True]


def a_passkey_of(person):
    return Passkey(
        user_id=person.user_id,
        credential_id="hers",
        public_key="",
        sign_count=0,
        synced=False,
        name="A phone",
        created_at=now(),
    )
