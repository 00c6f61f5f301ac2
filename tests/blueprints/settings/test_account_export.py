"""Owners export and delete their account; everybody takes their own data along, or has their sign-in deleted."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from blueprints.settings import personal_data
from blueprints.worker.data import carry_out_deletions, make_data_exports
from models.accounts.account import Account
from models.accounts.data_export import DataExport
from models.accounts.member import Member
from models.accounts.user import User
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.shared_link import AssessmentLink
from models.database.base import Base, db, now
from models.database.tenancy import in_account
from models.identity.security_notice import notify
from models.identity.session import LoginSession
from models.instruments import disc_result
from models.mail.message import Kind as MailKind
from models.mail.message import Message
from models.privacy.erasure import Erasure
from models.privacy.person_export import NOT_EXPORTED as NOT_A_PERSONS
from models.privacy.person_export import TABLES
from models.privacy.profile_export import NOT_EXPORTED as NOT_OF_A_PROFILE
from models.privacy.profile_export import SECTIONS
from models.profiles.profile import Profile
from models.profiles.result import Result
from tests.pages import csrf_token, first, submit, text_of

DATA = "/settings/data"
DELETION = "/settings/data/deletion"


def work(app):
    """What the worker does every few seconds."""
    with app.app_context():
        make_data_exports()
        carry_out_deletions()


def let_time_pass(app):
    """Alice proved who she is a quarter of an hour ago."""
    with app.app_context():
        db.session.execute(update(LoginSession).values(authenticated_at=now() - timedelta(minutes=15)))
        db.session.commit()


@pytest.fixture
def hers(alice, browser_of):
    return browser_of(alice)


# The export of an account.


@pytest.fixture
def exported(app, hers):
    """Alice has asked for an export, and it is made."""
    assert submit(hers, f"{DATA}/exports", page=DATA).location == DATA
    work(app)
    return first(r"/settings/data/exports/[\w-]+/file", hers.get(DATA).text)


def test_alice_asks_sees_how_far_it_is_and_downloads_it(app, hers, alice, audit_log):
    assert "Create export" in text_of(hers.get(DATA))
    submit(hers, f"{DATA}/exports", page=DATA)
    assert "Written: 0 %" in text_of(hers.get(DATA))

    work(app)
    file = first(r"/settings/data/exports/[\w-]+/file", hers.get(DATA).text)
    answer = submit(hers, file, page=DATA)

    assert (answer.mimetype, answer.content_length) == ("application/zip", len(answer.data))
    assert re.fullmatch(
        r'attachment; filename="profile-export-\d{4}-\d\d-\d\d\.zip"', answer.headers["Content-Disposition"]
    )
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert [member["email"] for member in json.loads(archive.read("members.json"))] == [alice.email]
    did = [action for action, _ in audit_log(alice)]
    assert did[-2:] == ["account.export_asked", "account.export_downloaded"]


def test_she_removes_it_before_its_week_is_over(exported, hers):
    assert submit(hers, exported.replace("/file", "/removal"), page=DATA).location == DATA
    assert "Exports are removed after a week" in text_of(hers.get(DATA))
    assert submit(hers, exported, page=DATA).status_code == 404


def test_the_page_says_why_an_export_is_gone_when_somebodys_data_was_deleted(exported, app, hers, alice):
    with app.app_context(), in_account(alice.account_id):
        Profile.create(alice.account_id, "ana@example.com").delete()
        db.session.commit()
    assert "the data of somebody in it was deleted" in text_of(hers.get(DATA))
    assert submit(hers, exported, page=DATA).status_code == 404


def test_the_page_says_when_it_could_not_be_made(app, hers):
    submit(hers, f"{DATA}/exports", page=DATA)
    with app.app_context():
        db.session.execute(update(DataExport).values(state="failed"))
        db.session.commit()
    assert "The last export failed." in text_of(hers.get(DATA))


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_only_owners_export_and_delete(request, browser_of, exported, name):
    browser = browser_of(request.getfixturevalue(name))
    token = csrf_token(browser, "/settings/profile")
    assert browser.get(DATA).status_code == browser.get(DELETION).status_code == 403
    for path in (
        f"{DATA}/exports",
        exported,
        exported.replace("/file", "/removal"),
        DELETION,
        f"{DELETION}/cancellation",
    ):
        assert browser.post(path, data={"csrf_token": token, "name": "Aperture Science"}).status_code == 403, path


@pytest.mark.parametrize(
    "path", [f"{DATA}/exports", DELETION, "/settings/profile/data/file", "/settings/profile/deletion"]
)
def test_whoever_wants_this_proves_first_who_they_are(app, hers, path):
    token = csrf_token(hers, "/settings/profile")
    let_time_pass(app)
    answer = hers.post(
        path, data={"csrf_token": token, "name": "Aperture Science"}, headers={"Referer": f"http://localhost{DATA}"}
    )
    assert answer.location.startswith("/sign-in/again")
    with app.app_context():
        assert db.session.scalar(select(DataExport)) is None
        assert db.session.scalar(select(Erasure)) is None


# The deletion of an account.


@pytest.fixture
def locked(hers):
    """Alice has asked for Aperture Science to be deleted."""
    answer = submit(hers, DELETION, name="Aperture Science")
    assert answer.location == DATA, text_of(answer)


def test_before_it_begins_the_page_says_what_will_happen(hers, bob, claude):
    page = text_of(hers.get(DELETION))
    for fact in ("Its 2 members", "1 connected app is revoked", "After 14 days", "0 profiles"):
        assert fact in page


def test_another_name_deletes_nothing(hers, alice, app):
    answer = submit(hers, DELETION, name="aperture")
    assert answer.status_code == 400
    assert "type its name exactly: Aperture Science" in text_of(answer)
    with app.app_context():
        assert not db.session.get_one(Account, alice.account_id).locked


def test_while_an_export_is_being_made_it_is_not_deleted(app, hers, alice):
    token = csrf_token(hers, DELETION)
    submit(hers, f"{DATA}/exports", page=DATA)
    page = hers.get(DELETION)
    assert "Wait until it is ready, download it, and come back here." in text_of(page)
    assert 'name="name"' not in page.text
    answer = hers.post(DELETION, data={"csrf_token": token, "name": "Aperture Science"})
    assert answer.status_code == 400
    assert "An export of this account is being made." in text_of(answer)
    with app.app_context():
        assert not db.session.get_one(Account, alice.account_id).locked
    work(app)
    assert submit(hers, DELETION, name="Aperture Science").location == DATA


def test_a_locked_account_is_closed_to_everybody_and_its_apps_are_revoked(
    hers, bob, browser_of, claude, connect, request
):
    his, chat = browser_of(bob), connect(bob, name="ChatGPT")
    request.getfixturevalue("locked")
    assert claude.call("list_tags").status_code == chat.call("list_tags").status_code == 401
    for browser in (his, hers):
        assert browser.get("/profiles").location == "/settings/data/locked"
        assert browser.get("/settings/connections").status_code == 200
    assert "An Owner requested the deletion of this account" in text_of(his.get("/settings/data/locked"))
    assert hers.get("/settings/data/locked").location == DATA
    assert "will be deleted on" in text_of(hers.get(DATA))


@pytest.mark.parametrize(
    ("belongs", "said"),
    [
        ("nowhere", "You never belonged to another account, so your sign-in is deleted with this one."),
        ("there", "You also belong to Black Mesa . Choose it in the menu under Aperture Science."),
        ("no more", "Your sign-in stays in case you are invited again"),
    ],
)
def test_whoever_is_locked_out_reads_what_becomes_of_their_sign_in(
    app, bob, browser_of, new_person, black_mesa, request, belongs, said
):
    his = browser_of(bob)
    there = new_person("Bob", black_mesa) if belongs != "nowhere" else None
    if there and belongs == "no more":
        with app.app_context(), in_account(black_mesa.id):
            db.session.get_one(Member, there.member_id).leave()
            db.session.commit()
    request.getfixturevalue("locked")
    assert said in text_of(his.get("/settings/data/locked"))
    after_a_fortnight(app)
    with app.app_context():
        assert (db.session.get(User, bob.user_id) is None) == (belongs == "nowhere")


def test_without_a_mail_server_nobody_is_told_to_wait_for_mail(hers):
    submit(hers, f"{DATA}/exports", page=DATA)
    page = text_of(hers.get(DATA))
    assert "You do not have to wait here." in page
    assert "Preparing your export… Refresh" in page
    assert "mail" not in page


def test_nobody_connects_an_app_to_a_locked_account(locked, app, alice, connect):
    with pytest.raises(Exception, match="about to be deleted"):
        connect(alice)


def test_in_the_fortnight_it_can_still_be_exported(locked, app, hers):
    submit(hers, f"{DATA}/exports", page=DATA)
    work(app)
    file = first(r"/settings/data/exports/[\w-]+/file", hers.get(DATA).text)
    archive = zipfile.ZipFile(io.BytesIO(submit(hers, file, page=DATA).data))
    head = json.loads(archive.read("audit_trail.jsonl").splitlines()[0])
    assert head["data"]["filtered"] is False


def test_she_takes_it_back_and_everybody_works_again(locked, hers, bob, browser_of, audit_log, alice):
    assert submit(hers, f"{DELETION}/cancellation", page=DATA).location == DATA
    assert browser_of(bob).get("/profiles").status_code == 200
    assert "Delete this account" in text_of(hers.get(DATA))
    assert [action for action, _ in audit_log(alice)][-1] == "account.deletion_cancelled"
    assert submit(hers, f"{DELETION}/cancellation", page=DATA).status_code == 403


def after_a_fortnight(app):
    with app.app_context():
        db.session.execute(update(Erasure).values(due_at=now()))
        db.session.commit()
        carry_out_deletions()


def test_after_a_fortnight_it_is_gone_and_nobody_of_it_signs_in(locked, app, hers, bob, alice):
    after_a_fortnight(app)
    assert hers.get(DATA).location.startswith("/sign-in")
    assert submit(app.test_client(), "/sign-in", email=alice.email, password=alice.password).status_code == 400
    with app.app_context():
        assert db.session.scalars(select(Account.name)).all() == []
        assert db.session.scalars(select(User.email)).all() == []


def test_once_it_has_begun_it_cannot_be_taken_back_and_the_page_says_how_far_it_is(locked, app, hers):
    token = csrf_token(hers, DATA)
    with app.app_context():
        db.session.execute(
            update(Erasure).values(begun_at=now(), claimed_until=now() + timedelta(minutes=1), done=41, total=100)
        )
        db.session.commit()
    assert "Deleted: 41 %" in text_of(hers.get(DATA))
    answer = hers.post(f"{DELETION}/cancellation", data={"csrf_token": token})
    assert answer.status_code == 403
    assert "has started" in text_of(answer)


@pytest.mark.both_databases
def test_of_two_owners_who_ask_at_once_one_is_told_that_it_is_done(locked, hers):
    token = csrf_token(hers, DATA)
    assert hers.post(DELETION, data={"csrf_token": token, "name": "Aperture Science"}).location == DATA


def test_an_invited_person_finds_nothing_in_a_locked_account(app, hers, alice, request):
    with app.app_context(), in_account(alice.account_id):
        link = AssessmentLink.provide(alice.account_id).link.secret
        db.session.commit()
    path = next(rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "assessments.door")
    door = path.replace("<secret>", link)
    assert app.test_client().get(door).status_code == 200
    request.getfixturevalue("locked")
    assert app.test_client().get(door).status_code in {404, 410}


# One's own data.


def test_charlie_takes_his_own_data_along(charlie, browser_of, connect, audit_log, app):
    connect(charlie, name="His Claude")
    browser = browser_of(charlie)
    answer = submit(browser, "/settings/profile/data/file", page="/settings/profile/data")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="my-data-')
    data = json.loads(answer.data)
    assert [person["email"] for person in data["person"]] == [charlie.email]
    assert [(each["account"], each["role"]) for each in data["memberships"]] == [("Aperture Science", "User")]
    assert [each["app"] for each in data["connections"]] == ["His Claude"]
    assert len(data["connections"][0]["authorizations"]) == 1
    assert len(data["sessions"]) == 1
    assert "Charlie signed in" in [each["sentence"] for each in data["trail"]]
    assert audit_log(charlie)[-1] == ("person.exported", "allowed")
    assert not re.search(r'"\w*_hash"|"seed"', answer.text.replace('"entry_hash"', ""))


@pytest.mark.both_databases
def test_no_transaction_is_open_while_he_takes_it_along(charlie, app, monkeypatch):
    monkeypatch.setattr(personal_data, "AT_ONCE", 10)
    with app.app_context():
        document = personal_data.lines(charlie.user_id)
        parts = []
        for part in document:
            assert not db.session().in_transaction()
            parts.append(part)
    assert json.loads("".join(parts))["person"][0]["email"] == charlie.email


def test_mail_to_him_is_in_it_and_what_accounts_sent_of_their_own_is_not(app, charlie, browser_of):
    with app.app_context():
        notify(db.session.get_one(User, charlie.user_id), MailKind.PASSWORD_CHANGED)
        Message.post(MailKind.ASSESSMENT_INVITATION, charlie.email, account_id=charlie.account_id)
        db.session.commit()
    data = own_data(browser_of(charlie))
    assert [(mail["kind"], mail["recipient"]) for mail in data["messages"]] == [("password_changed", charlie.email)]


def test_of_an_account_that_he_left_he_gets_when_and_from_where_but_nothing_of_it(app, charlie, alice, browser_of):
    browser = browser_of(charlie)
    with app.app_context(), in_account(charlie.account_id):
        db.session.get_one(Member, charlie.member_id).leave()
        db.session.commit()
    data = own_data(browser)
    assert data["trail"] == []
    [signed_in] = [entry for entry in data["trail_of_left_accounts"] if entry["action"] == "person.signed_in"]
    assert signed_in.keys() == {"at", "action", "outcome", "address", "user_agent"}
    assert signed_in["address"] == "127.0.0.0/24"


def own_data(browser):
    return json.loads(submit(browser, "/settings/profile/data/file", page="/settings/profile/data").data)


def test_of_others_nothing_is_in_it(charlie, alice, browser_of):
    browser_of(alice)
    answer = submit(browser_of(charlie), "/settings/profile/data/file", page="/settings/profile/data")
    assert alice.email not in answer.text
    assert "Alice" not in answer.text


def test_every_table_that_hangs_off_a_person_is_in_their_own_data_or_says_why_not():
    exported = {model.__tablename__ for model in TABLES}
    direct = {
        table.name
        for table in Base.metadata.sorted_tables
        if {key.column.table.name for key in table.foreign_keys} & {"user", "member"}
    }
    assert direct - exported == NOT_A_PERSONS.keys()


def test_charlie_has_his_sign_in_deleted(charlie, app, browser_of, connect, alice, audit_log):
    chat = connect(charlie)
    browser = browser_of(charlie)
    assert "You leave Aperture Science" in text_of(browser.get("/settings/profile/deletion"))
    answer = submit(browser, "/settings/profile/deletion")
    assert answer.location == "/sign-in"
    assert "Your sign-in was deleted" in text_of(browser.get("/sign-in"))
    assert chat.call("list_tags").status_code == 401
    assert submit(browser, "/sign-in", email=charlie.email, password=charlie.password).status_code == 400
    assert [action for action, _ in audit_log(charlie)][-3:-1] == ["person.deleted", "member.left"]
    with app.app_context():
        carry_out_deletions()
    page = text_of(browser_of(alice).get("/settings/audit"))
    assert "Somebody deleted their sign-in" in page
    assert "Charlie" not in page


def test_the_only_owner_is_told_what_to_do_first(hers, alice, app):
    assert "You are the only Owner of Aperture Science" in text_of(hers.get("/settings/profile/deletion"))
    answer = hers.post("/settings/profile/deletion", data={"csrf_token": csrf_token(hers, "/settings/profile")})
    assert answer.status_code == 403
    assert "Make somebody else an Owner" in text_of(answer)
    assert hers.get("/settings/profile").status_code == 200
    with app.app_context():
        assert db.session.get(User, alice.user_id) is not None


def test_whoever_belongs_to_no_account_can_have_their_sign_in_deleted(app, charlie, browser_of):
    browser = browser_of(charlie)
    with app.app_context(), in_account(charlie.account_id):
        db.session.get_one(Member, charlie.member_id).leave()
        db.session.commit()
    assert submit(browser, "/settings/profile/deletion").location == "/sign-in"
    with app.app_context():
        assert db.session.get(User, charlie.user_id) is None


# The data of one person with a profile.


@pytest.fixture
def ana(app, alice):
    with app.app_context(), in_account(alice.account_id):
        profile = Profile.create(alice.account_id, "ana@example.com", "Ana", "Löwe", "+43 1 23")
        Result.keep(profile, "disc", disc_result({"d": 20, "i": 80, "s": 40, "c": 10}), "disc-1")
        db.session.commit()
        return profile.id


def test_bob_exports_what_is_kept_of_ana(bob, ana, browser_of, audit_log):
    answer = submit(browser_of(bob), f"{DATA}/profiles/{ana}/file", page=f"/profiles/{ana}")
    data = json.loads(answer.data)
    assert (data["profile"]["email"], data["profile"]["phone"]) == ("ana@example.com", "+43 1 23")
    assert [result["scores"]["i"] for result in data["results"]] == [80]
    assert audit_log(bob)[-1] == ("profile.data_exported", "allowed")


@pytest.mark.both_databases
def test_mail_to_her_is_in_it_at_each_address_and_mail_to_members_is_not(app, alice, bob, ana, browser_of):
    with app.app_context(), in_account(alice.account_id):
        AssessmentInvitation.invite(alice.account_id, "ana@example.com")
        hers = Profile.find(alice.account_id, ana)
        wish = RemovalRequest.ask(hers, "ana@example.com")
        hers.update(email="loewe@example.com")
        wish.decline(db.session.get_one(Member, bob.member_id), "We still work together.")
        AssessmentInvitation.invite(alice.account_id, "loewe@example.com")
        db.session.commit()
    answer = submit(browser_of(bob), f"{DATA}/profiles/{ana}/file", page=f"/profiles/{ana}")
    mail = {(each["kind"], each["recipient"]) for each in json.loads(answer.data)["messages"]}
    assert mail == {
        ("assessment_invitation", "ana@example.com"),
        ("assessment_reminder", "ana@example.com"),
        ("removal_declined", "ana@example.com"),
        ("assessment_invitation", "loewe@example.com"),
        ("assessment_reminder", "loewe@example.com"),
    }


def test_charlie_may_not(charlie, ana, browser_of):
    browser = browser_of(charlie)
    answer = browser.post(f"{DATA}/profiles/{ana}/file", data={"csrf_token": csrf_token(browser, "/settings/profile")})
    assert answer.status_code == 403


def test_every_table_about_a_profile_is_in_its_export_or_says_why_not():
    about = {
        table.name
        for table in Base.metadata.sorted_tables
        if "profile" in {key.column.table.name for key in table.foreign_keys}
    }
    assert about - {model.__tablename__ for model in SECTIONS.values()} == NOT_OF_A_PROFILE.keys()
