"""Changes that people take back: what an app did, what a member did, and what others did since."""

from __future__ import annotations

import random
import re
import sys
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from blueprints.worker.account_rows import forget_before_images
from models.accounts.account import Account
from models.accounts.member import Member
from models.assessments.invitation import AssessmentInvitation
from models.assessments.removal_request import RemovalRequest
from models.assessments.sitting import Sitting
from models.audit.before_image import KEPT, BeforeImage, name_of_row, plain
from models.audit.recorder import AuditEntry
from models.audit.seal import first_id, seal_log, stored_log
from models.audit.verify_audit import verify
from models.database.base import Base, db, now
from models.mail.message import Message
from models.permissions import Role
from models.profiles.alias import Alias
from models.profiles.profile import Profile
from models.profiles.tag import Tag
from models.request_scope import open_scope
from tests.for_each import for_each
from tests.pages import first, text_of

pytestmark = pytest.mark.both_databases
# What is made from other rows, or is about what was done and not about what is.
OTHERS = {"before_image", "audit_entry", "audit_personal", "message", "profile_word", "login_session", "connection_use"}


@pytest.fixture
def hers(alice, browser_of):
    return browser_of(alice)


@pytest.fixture
def contents(in_aperture, alice):
    """Everything in Alice's account, by row."""

    def read():
        with in_aperture():
            rows = {}
            for table in Base.metadata.sorted_tables:
                if "account_id" not in table.c or table.name in OTHERS or table.name.startswith("audit_"):
                    continue
                for row in db.session.execute(select(table).where(table.c.account_id == alice.account_id)).mappings():
                    values = {name: plain(value) for name, value in row.items() if name != "updated_at"}
                    rows[name_of_row(table, values)] = values
            account = db.session.get_one(Account, alice.account_id)
            return rows | {"account": {"name": account.name, "eco_printing": account.eco_printing}}

    return read


@pytest.fixture
def entries(in_aperture, alice):
    """The ids of the entries that can be taken back, oldest first."""

    def read():
        with in_aperture():
            made = select(BeforeImage.entry_id, func.min(BeforeImage.number)).group_by(BeforeImage.entry_id)
            return [entry_id for entry_id, _number in db.session.execute(made.order_by(func.min(BeforeImage.number)))]

    return read


def address_of(entry_id):
    return f"/settings/undo/{entry_id}"


def take_back(browser, address):
    """Do what the page shows."""
    page = browser.get(address, follow_redirects=True)
    markup = page.get_data(as_text=True)
    form = {
        "csrf_token": first(r'name="csrf_token" value="([^"]+)"', markup),
        "shown": first(r'name="shown" value="(\w+)"', markup),
    }
    return browser.post(page.request.full_path.rstrip("?"), data=form, follow_redirects=True)


def calls(ours):
    """One call of each tool that writes."""
    return [
        ("create_tag", {"label": "New", "color": "blue"}),
        ("update_tag", {"tag_id": ours.tag, "label": "Sales", "color": "blue"}),
        ("tag_profiles", {"tag_id": ours.tag, "profile_ids": [ours.profile, ours.other]}),
        ("untag_profiles", {"tag_id": ours.tag, "profile_ids": [ours.profile]}),
        ("delete_tag", {"tag_id": ours.tag}),
        ("create_alias", {"resource_id": ours.other, "consumer_key": "crm-2"}),
        ("update_alias", {"alias_id": ours.alias, "consumer_key": "crm-3"}),
        ("delete_alias", {"alias_id": ours.alias}),
        ("update_profile", {"profile_id": ours.profile, "first_name": "Dough", "clear": ["phone"], "custom_id": "x"}),
        ("delete_profile", {"profile_id": ours.profile}),
        ("update_account", {"name": "Aperture", "eco_printing": True}),
        ("send_assessment_invite", {"email": "new@example.org", "tag_ids": [ours.tag], "custom_id": "crm-4"}),
        ("send_assessment_invite", {"email": "doug@example.com"}),
    ]


def test_every_change_of_an_app_is_taken_back_and_that_too(claude, ours, hers, contents, entries):
    for tool, arguments in calls(ours):
        before = contents()
        claude.result(tool, **arguments)
        after = contents()
        assert after != before, tool

        assert "Everything was taken back" in text_of(take_back(hers, address_of(entries()[-1]))), tool
        assert contents() == before, tool
        assert "Everything was taken back" in text_of(take_back(hers, address_of(entries()[-1]))), tool
        assert contents() == after, tool
        take_back(hers, address_of(entries()[-1]))
        assert contents() == before, tool


def test_all_calls_since_a_moment_are_taken_back_at_once(claude, ours, hers, contents, in_aperture):
    before = contents()
    for tool, arguments in calls(ours):
        claude.call(tool, **arguments)
    after = contents()
    address = f"/settings/connections/{claude.connection_id}/undo"

    page = text_of(hers.get(address, follow_redirects=True))
    assert "Brings back the profile of Doug Rattmann" in page
    assert "Everything was taken back" in text_of(take_back(hers, address))

    assert contents() == before
    assert "nothing left to take back" in text_of(hers.get(address, follow_redirects=True))
    with in_aperture():
        newest = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        assert (newest.action, newest.values) == ("account.changes_taken_back", {"entries": 12})
        newest_id = newest.id
    take_back(hers, address_of(newest_id))
    assert contents() == after


@pytest.mark.parametrize(("most", "at_once"), [("MOST_CALLS", 5), ("MOST_ROWS", 6)])
def test_more_changes_than_fit_into_one_step_are_taken_back_in_several(
    claude, ours, hers, contents, monkeypatch, most, at_once
):
    monkeypatch.setattr(f"models.undo.undoable.{most}", at_once)
    before = contents()
    for tool, arguments in calls(ours):
        claude.call(tool, **arguments)
    address, steps = f"/settings/connections/{claude.connection_id}/undo", 0

    while "undo" in address:
        said = text_of(hers.get(address, follow_redirects=True))
        page = take_back(hers, address)
        address, steps = page.request.full_path, steps + 1
        assert "Everything was taken back" in text_of(page)
        assert ("too many changes" in said) == ("undo" in address)

    assert steps > 2
    assert contents() == before
    again = text_of(hers.get(f"/settings/connections/{claude.connection_id}/undo", follow_redirects=True))
    assert "There are older ones. Older changes" in again


def test_what_others_changed_since_stays_and_is_listed(claude, ours, hers, entries, in_aperture, alice):
    claude.result("update_tag", tag_id=ours.tag, label="Sales", color="blue")
    address = address_of(entries()[-1])
    with in_aperture():
        Tag.find(alice.account_id, UUID(ours.tag)).update(label="Marketing")

    page = text_of(hers.get(address))
    assert "The tag “Marketing” Somebody changed it since." in page
    assert "except what others have changed" in text_of(take_back(hers, address))

    with in_aperture():
        tag = Tag.find(alice.account_id, UUID(ours.tag))
        assert (tag.label, tag.color) == ("Marketing", "red")


def test_what_was_deleted_and_brought_back_is_as_it_was(claude, ours, hers, entries, contents):
    before = contents()
    claude.result("update_tag", tag_id=ours.tag, label="Sales")
    claude.result("delete_tag", tag_id=ours.tag)
    take_back(hers, address_of(entries()[-1]))
    address = f"/settings/connections/{claude.connection_id}/undo"

    assert "Everything was taken back" in text_of(take_back(hers, address))

    assert contents() == before


def test_a_value_that_somebody_chose_again_is_theirs(claude, ours, hers, entries, in_aperture, alice):
    claude.result("update_tag", tag_id=ours.tag, label="Sales")
    address = address_of(entries()[-1])
    with in_aperture():
        tag = Tag.find(alice.account_id, UUID(ours.tag))
        tag.update(label="Marketing")
        tag.update(label="Sales")

    assert "The tag “Sales” Somebody changed it since" in text_of(hers.get(address))


def test_what_others_use_now_is_not_deleted(claude, ours, hers, entries, in_aperture, alice, contents):
    made = claude.result("create_tag", label="New", color="red")
    with in_aperture():
        Tag.find(alice.account_id, UUID(made["id"])).put_on([UUID(ours.other)])
    before = contents()

    page = hers.get(address_of(entries()[-2]))
    assert "Others have added to it since" in text_of(page)
    assert 'name="shown"' not in page.get_data(as_text=True)
    assert contents() == before


def test_a_name_that_another_has_now_is_not_taken_from_it(claude, ours, hers, entries, in_aperture, alice):
    claude.result("delete_tag", tag_id=ours.tag)
    with in_aperture():
        Tag.create(alice.account_id, "Doug Team", "blue")

    page = text_of(hers.get(address_of(entries()[-2])))
    assert "Another one has this name or address now" in page
    assert "does not exist any more" in page


def test_names_that_were_traded_are_traded_back(claude, ours, hers, contents):
    second = claude.result("create_tag", label="Second", color="red")["id"]
    before = contents()
    for tag_id, label in ((ours.tag, "aside"), (second, "doug team"), (ours.tag, "Second")):
        claude.result("update_tag", tag_id=tag_id, label=label)
    with_second = f"/settings/connections/{claude.connection_id}/undo"
    assert contents() != before

    assert "Deletes the tag" in text_of(hers.get(with_second, follow_redirects=True))
    take_back(hers, with_second)

    assert {row["label"] for name, row in contents().items() if name.startswith("tag/")} == {"doug team"}


def test_an_alias_that_traded_its_key_gets_it_back(claude, ours, hers, entries, contents, in_aperture, alice):
    with in_aperture():
        Alias.create(alice.account_id, "profile", UUID(ours.profile), "erp-1")
    before = contents()
    claude.result("update_profile", profile_id=ours.profile, custom_id="erp-1")
    assert contents() != before

    take_back(hers, address_of(entries()[-1]))

    assert contents() == before


def test_mail_that_was_sent_is_named(claude, ours, hers, entries, in_aperture, contents):
    before = contents()
    claude.result("send_assessment_invite", email="new@example.org", first_name="Chell")
    page = text_of(hers.get(address_of(entries()[-1])))
    assert "Deletes the profile of Chell" in page
    assert "cannot be taken back" not in page
    with in_aperture():
        db.session.execute(update(Message).values(state="sent", settled_at=now()))

    assert "The e-mail that was sent to Chell cannot be taken back" in text_of(hers.get(address_of(entries()[-1])))
    take_back(hers, address_of(entries()[-1]))
    assert contents() == before


def test_an_invitation_that_is_taken_back_is_not_sent(claude, ours, hers, entries, in_aperture):
    claude.result("send_assessment_invite", email="doug@example.com")
    take_back(hers, address_of(entries()[-1]))
    with in_aperture():
        assert set(db.session.scalars(select(Message.state).where(Message.kind.like("assessment%")))) == {"dropped"}


def test_somebody_who_began_to_answer_is_not_deleted(claude, ours, hers, entries, in_aperture):
    claude.result("send_assessment_invite", email="new@example.org")
    with in_aperture():
        db.session.execute(update(AssessmentInvitation).values(opened_at=now()))

    page = hers.get(address_of(entries()[-1]))

    assert "Somebody changed it since" in text_of(page)
    assert 'name="shown"' not in page.get_data(as_text=True)


def test_what_hangs_on_something_that_goes_with_a_person_keeps_the_person(
    claude, ours, hers, entries, in_aperture, alice, contents
):
    claude.result("send_assessment_invite", email="new@example.org")
    with in_aperture():
        invitation = db.session.scalars(select(AssessmentInvitation)).one()
        moment, own = now(), {"account_id": alice.account_id, "invitation_id": invitation.id}
        begun = {"email": "new@example.org", "email_key": "new@example.org", "instruments": {}, "state": "open"}
        db.session.add(Sitting(agreed_at=moment, touched_at=moment, **own, **begun))
    before = contents()

    page = hers.get(address_of(entries()[-1]))

    assert "Others have added to it since" in text_of(page)
    assert 'name="shown"' not in page.get_data(as_text=True)
    assert contents() == before


def test_what_cannot_be_recorded_is_not_taken_back(claude, ours, hers, entries, contents, monkeypatch):
    claude.result("delete_tag", tag_id=ours.tag)
    before = contents()
    with monkeypatch.context() as broken:
        broken.setattr(sys.modules["models.undo.take_back"], "record", lambda *_, **__: 1 / 0)
        assert take_back(hers, address_of(entries()[-1])).status_code == 500
    assert contents() == before
    assert "Everything was taken back" in text_of(take_back(hers, address_of(entries()[-1])))


def test_only_what_was_shown_is_done(claude, ours, hers, entries, in_aperture, alice, contents):
    claude.result("delete_tag", tag_id=ours.tag)
    address = address_of(entries()[-1])
    markup = hers.get(address).get_data(as_text=True)
    form = {
        "csrf_token": first(r'name="csrf_token" value="([^"]+)"', markup),
        "shown": first(r'name="shown" value="(\w+)"', markup),
    }
    with in_aperture():
        Profile.find(alice.account_id, UUID(ours.profile)).delete()
    before = contents()

    answer = hers.post(address, data=form)

    assert answer.status_code == 409
    assert "Nothing was done" in text_of(answer)
    assert contents() == before
    assert hers.post(address, data={"csrf_token": form["csrf_token"]}).status_code == 409


def test_a_deleted_profile_can_be_deleted_permanently(claude, ours, hers, entries, in_aperture):
    claude.result("update_profile", profile_id=ours.profile, first_name="Dough")
    claude.result("update_alias", alias_id=ours.alias, consumer_key="doug-rattmann")
    claude.result("delete_profile", profile_id=ours.profile)
    address = address_of(entries()[-1])
    page = text_of(hers.get(f"{address}/erasure"))
    assert "This cannot be undone" in page

    token = first(r'name="csrf_token" value="([^"]+)"', hers.get(f"{address}/erasure").get_data(as_text=True))
    assert "Nobody can bring it back" in text_of(
        hers.post(f"{address}/erasure", data={"csrf_token": token}, follow_redirects=True)
    )

    assert "Nothing is kept of this change" in text_of(hers.get(address))
    with in_aperture():
        assert not db.session.scalars(select(BeforeImage).where(BeforeImage.profile_id == UUID(ours.profile))).all()
        left = [str(image.before) + str(image.after) for image in db.session.scalars(select(BeforeImage))]
    assert not any(word in text for text in left for word in ("Dough", "doug-rattmann", ours.profile))


def test_who_asked_to_be_removed_is_deleted_permanently(claude, ours, hers, entries, in_aperture, alice):
    with in_aperture():
        RemovalRequest.ask(Profile.find(alice.account_id, UUID(ours.profile)))
    assert "so this cannot be undone" in text_of(hers.get(f"/profiles/{ours.profile}/deletion"))

    claude.result("delete_profile", profile_id=ours.profile)

    with in_aperture():
        assert not db.session.scalars(select(BeforeImage).where(BeforeImage.profile_id == UUID(ours.profile))).all()


@pytest.mark.parametrize("permanently", [True, False])
def test_a_member_deletes_a_profile_and_chooses_whether_it_can_come_back(ours, hers, entries, contents, permanently):
    before, had = contents(), entries()
    address = f"/profiles/{ours.profile}/deletion"
    markup = hers.get(address).get_data(as_text=True)
    form = {"csrf_token": first(r'name="csrf_token" value="([^"]+)"', markup)}
    page = hers.post(address, data=form | ({"permanently": "1"} if permanently else {}), follow_redirects=True)

    link = re.search(r'href="(/settings/undo/[^"]+)">Take it back', page.get_data(as_text=True))

    if permanently:
        assert link is None
        assert len(entries()) < len(had)
    else:
        entry = link.group(1).replace("/undo/", "/audit/")
        assert ">Take it back<" in hers.get(entry).get_data(as_text=True)
        take_back(hers, link.group(1))
        assert contents() == before
        assert ">Take it back<" not in hers.get(entry).get_data(as_text=True)
        assert "There is nothing left to take back." in text_of(hers.get(entry))


@for_each(
    "path, form",
    [
        ("/profiles/tagging", {"tag": "tag", "profile": "other"}),
        ("/profiles/untagging", {"tag": "tag", "profile": "profile"}),
        ("/tags/{tag}/deletion", {}),
        ("/settings/aliases/{alias}/deletion", {}),
    ],
)
def test_what_a_member_did_to_many_or_deleted_is_one_click_away(ours, hers, contents, path, form):
    before = contents()
    own = {name: getattr(ours, name) for name in ("tag", "alias", "profile", "other")}
    token = first(r'name="csrf_token" value="([^"]+)"', hers.get("/profiles").get_data(as_text=True))
    sent = {name: own[value] for name, value in form.items()}
    page = hers.post(path.format(**own), data={"csrf_token": token, **sent}, follow_redirects=True)
    assert contents() != before

    take_back(hers, first(r'href="(/settings/undo/[^"]+)">Take it back', page.get_data(as_text=True)))

    assert contents() == before


def test_others_cannot_take_back_what_they_may_not_see_or_change(
    claude, ours, bob, eve, browser_of, entries, in_aperture, alice, hers, contents
):
    claude.result("delete_tag", tag_id=ours.tag)
    address = address_of(entries()[-1])
    since = f"/settings/connections/{claude.connection_id}/undo?since=2020-01-01T00:00"

    assert browser_of(eve).get(address).status_code == 404
    assert browser_of(eve).get(since).status_code == 404
    assert browser_of(bob).get(address).status_code == 404
    assert browser_of(bob).get(since).status_code == 404
    with in_aperture():
        db.session.execute(update(Member).where(Member.id == alice.member_id).values(role=Role.USER))
    page = hers.get(address)
    assert "You may not change it" in text_of(page)
    assert 'name="shown"' not in page.get_data(as_text=True)


def test_after_thirty_days_nothing_is_kept(app, claude, ours, hers, entries, in_aperture):
    claude.result("delete_tag", tag_id=ours.tag)
    claude.result("create_tag", label="New", color="red")
    old, new = entries()[-2:]
    with in_aperture():
        aged = first_id(now() - KEPT - timedelta(minutes=1))
        db.session.execute(update(BeforeImage).where(BeforeImage.entry_id == old).values(entry_id=aged))

    assert "Nothing is kept of this change" in text_of(hers.get(address_of(old)))
    with app.app_context(), open_scope():
        forget_before_images()
    assert aged not in entries()
    assert new in entries()


def test_a_change_to_too_many_rows_is_not_kept(claude, ours, hers, entries, monkeypatch):
    deletion = f"/tags/{ours.tag}/deletion"
    assert "You can take this back for 30 days" in text_of(hers.get(deletion))
    monkeypatch.setattr("models.audit.before_image.MOST_ROWS", 1)
    before = entries()
    assert "changes too many profiles to be taken back" in text_of(hers.get(deletion))
    claude.result("delete_tag", tag_id=ours.tag)
    assert entries() == before


def test_a_refused_call_keeps_nothing(claude, ours, entries):
    before = entries()
    claude.refusal("tag_profiles", tag_id=ours.tag, profile_ids=[ours.profile, str(UUID(int=7))])
    claude.refusal("create_tag", label="doug team", color="red")
    assert entries() == before


@pytest.mark.parametrize("seed", range(6))
def test_whatever_happened_nothing_of_others_is_lost(claude, ours, hers, entries, in_aperture, alice, contents, seed):
    """Random changes of the app and of a member, some of the app's taken back and some of that too, then everything of the app is.

    Then each value is what it would be without the app's change, or the member's, or it is listed as staying as it is.
    """
    chance = random.Random(seed)
    profile, tag_id = UUID(ours.profile), UUID(ours.tag)
    theirs: dict[str, object] = {}
    for number in range(14):
        if chance.random() < 0.2:
            with in_aperture():
                of_app = AuditEntry.id.in_(entries()), AuditEntry.connection_id.is_not(None)
                kept = db.session.scalars(select(AuditEntry.id).where(*of_app).order_by(AuditEntry.id)).all()
            one = address_of(chance.choice(kept)) if kept else ""
            if one and 'name="shown"' in hers.get(one).get_data(as_text=True):
                take_back(hers, one)
            continue
        by_app, what = chance.random() < 0.6, chance.choice(["label", "color", "first_name", "phone", "tie"])
        value = {"color": chance.choice(["blue", "pink", "zinc"]), "phone": f"030 {number:04}"}.get(
            what, f"{what} {number}"
        )
        if what in {"label", "color"}:
            if by_app:
                claude.result("update_tag", tag_id=ours.tag, **{what: value})
            else:
                with in_aperture():
                    done = Tag.find(alice.account_id, tag_id).update(**{what: value})
                if done:
                    theirs[what] = value
        elif what == "tie":
            put = chance.random() < 0.5
            if by_app:
                claude.result("tag_profiles" if put else "untag_profiles", tag_id=ours.tag, profile_ids=[ours.other])
            else:
                with in_aperture():
                    tag = Tag.find(alice.account_id, tag_id)
                    changed = (tag.put_on if put else tag.take_off)([UUID(ours.other)])
                if changed:
                    theirs[what] = put
        elif by_app:
            claude.result("update_profile", profile_id=ours.profile, **{what: value})
        else:
            with in_aperture():
                Profile.find(alice.account_id, profile).update(**{what: value})
            theirs[what] = value
    address = f"/settings/connections/{claude.connection_id}/undo"
    before, page = contents(), hers.get(address, follow_redirects=True)
    shown = text_of(page)

    if 'name="shown"' in page.get_data(as_text=True):
        take_back(hers, address)

    after = contents()
    row = {**after[f"tag/{tag_id}"], **after[f"profile/{profile}"]}
    originals = {"label": "doug team", "color": "red", "first_name": "Doug", "phone": "+49 30 1234"}
    for name, original in originals.items():
        if name not in theirs:
            assert row[name] == original
        else:
            assert row[name] == theirs[name] or "Somebody changed it since" in shown
    assert ("Stays as it is" in shown) or all(
        before[key] == after[key] or key.split("/")[0] in {"tag", "profile"} for key in before.keys() & after.keys()
    )
    if "tie" not in theirs:
        assert f"profile_tag/{tag_id}/{ours.other}" not in after
    with in_aperture():
        seal_log(alice.account_id, now() + timedelta(minutes=1))
        assert verify(stored_log(alice.account_id)).intact


def test_erasing_the_account_erases_what_is_kept(claude, ours, in_aperture, alice):
    claude.result("delete_tag", tag_id=ours.tag)
    with in_aperture():
        assert db.session.scalar(select(func.count()).select_from(BeforeImage))
        db.session.execute(delete(Account).where(Account.id == alice.account_id))
        assert not db.session.scalar(select(func.count()).select_from(BeforeImage))
        db.session.rollback()
