"""A change and its audit entry are one transaction, which only its caller commits: after a rollback nothing of it is left."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from models.accounts import Account, Member, User, start_account
from models.approvals import Approval, Asked, Effect
from models.assessments import AssessmentInvitation, Sitting, share
from models.audit import AuditEntry
from models.database import db, in_account, now
from models.demo import fill, remove
from models.instruments import disc_result
from models.mail import Message
from models.profiles import Profile, Result, Tag, Team, give_tags
from models.request_scope import AskFirst, open_scope

# The demo is made and deleted in two accounts at once.
pytestmark = pytest.mark.both_databases


@pytest.fixture
def left_by(app, alice):
    """What a change leaves after a rollback: (entries, `state`) before and after."""

    def run(change, state):
        with app.app_context(), open_scope(), in_account(alice.account_id):
            entries = select(func.count()).select_from(AuditEntry)
            before = db.session.scalar(entries) or 0, state()
            db.session.rollback()
            change()
            db.session.flush()
            during = db.session.scalar(entries) or 0, state()
            assert during[0] > before[0]
            assert during[1] != before[1]
            db.session.rollback()
            db.session.expire_all()
            return before, (db.session.scalar(entries), state())

    return run


@pytest.fixture
def ids(app, alice):
    """A tag, somebody, and their result that nobody else has seen yet."""
    with app.app_context(), open_scope(), in_account(alice.account_id):
        tag = Tag.create(alice.account_id, "Sales", "red")
        ana = Profile.create(alice.account_id, "ana@example.com", "Ana", "Lima")
        sitting = Sitting.begin_invited(AssessmentInvitation.invite(alice.account_id, ana.email))
        sitting.state, sitting.finished_at, sitting.share_due_at = "finished", now(), now()
        sitting.scores = {"disc": disc_result({"d": 20.0, "i": 70.0, "s": 60.0, "c": 50.0})}
        db.session.commit()
        return {"account": alice.account_id, "tag": tag.id, "ana": ana.id, "sitting": sitting.id}


def names(model):
    return lambda: sorted(db.session.scalars(select(model.name)))


def test_a_team_its_change_and_its_deletion(left_by, ids, app):
    def made_changed_and_deleted():
        team = Team.create(ids["account"], "Support", [ids["tag"]])
        team.update("Help", [ids["tag"]], [ids["ana"]], any_tag=False)
        Team.create(ids["account"], "Sales", [ids["tag"]]).delete()

    before, after = left_by(made_changed_and_deleted, names(Team))
    assert before == after


def test_the_tags_of_a_member(left_by, ids, bob):
    def tags():
        return list(db.session.get_one(Member, bob.member_id).tag_ids or [])

    before, after = left_by(lambda: give_tags(db.session.get_one(Member, bob.member_id), [ids["tag"]]), tags)
    assert before == after


def test_a_question_and_its_answer(left_by, ids, claude, alice):
    def asked_and_answered():
        asked = Asked(claude.connection_id, "create_tag", {"label": "New"}, Effect({"label": "New"}), AskFirst.CHANGE)
        approval = Approval.ask(ids["account"], asked)
        approval.answer(db.session.get_one(Member, alice.member_id), True, approval.digest)

    def questions():
        return [(each.tool, each.allowed) for each in db.session.scalars(select(Approval))], sorted(
            db.session.scalars(select(Message.kind))
        )

    before, after = left_by(asked_and_answered, questions)
    assert before == after


def test_a_comment(left_by, ids):
    def comment():
        return db.session.get_one(Profile, ids["ana"]).comment

    before, after = left_by(lambda: db.session.get_one(Profile, ids["ana"]).set_comment("Ask me."), comment)
    assert before == after


def test_a_shared_result(left_by, ids):
    def shared():
        sitting = db.session.get_one(Sitting, ids["sitting"])
        return sitting.share_due_at, sorted(Result.present(ids["account"], ids["ana"])["disc"] or {})

    before, after = left_by(lambda: share(db.session.get_one(Sitting, ids["sitting"])), shared)
    assert before == after


def test_a_team_of_ones_own_and_the_deletion_of_the_demo(left_by, app):
    with app.app_context(), open_scope():
        fill(2, "a password of the demo", any_password=True)

    def start():
        start_account(User.create("ana@weber.example", "Ana Weber", "seven teapots on a bicycle"), "Weber & Co")
        remove()

    def accounts():
        return sorted((each.name, each.locked) for each in db.session.scalars(select(Account))), names(User)()

    before, after = left_by(start, accounts)
    assert before == after
