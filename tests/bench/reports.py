"""What reports and the dashboard are made from: results of a thousand people, open invitations, and what apps did lately."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import select

from models.assessments.invitation import AssessmentInvitation
from models.audit.recorder import Action, AuditEntry, Outcome
from models.connections.connection import Connection
from models.database.base import db, new_id, now
from models.database.tenancy import in_account
from models.debriefs.composer import compose
from models.debriefs.debrief import Debrief
from models.demo.scores import Temperament
from models.profiles.profile import Profile
from models.profiles.profile_tag import ProfileTag
from models.profiles.result import Result
from models.profiles.tag import Tag
from models.request_scope import open_scope
from tests.bench.stage import Row, Rows, Stage, settle

FINISHED = 1_000
CALLS = 20_000
WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Reports:
    """Who has results, and the tag that all of them carry."""

    profile_ids: list[uuid.UUID]
    tag_id: uuid.UUID


def reports(stage: Stage) -> Reports:
    """Put it all into the database."""
    with stage.app.app_context(), open_scope(), in_account(stage.account_id):
        finished = last_ids(stage, "completed", FINISHED)
        tag_id = Tag.create(stage.account_id, "A thousand", "zinc").id
        db.session.commit()
        stage.write(rows_of(stage, finished, tag_id))
        settle()
        db.engine.dispose()
    return Reports(finished, tag_id)


def last_ids(stage: Stage, status: str, most: int) -> list[uuid.UUID]:
    wanted = select(Profile.id).where(Profile.account_id == stage.account_id, Profile.status == status)
    return list(db.session.scalars(wanted.order_by(Profile.id.desc()).limit(most)))


def rows_of(stage: Stage, finished: list[uuid.UUID], tag_id: uuid.UUID) -> Rows:
    moment, of = now(), {"account_id": stage.account_id}
    rows: Rows = {ProfileTag: [{**of, "tag_id": tag_id, "profile_id": id_} for id_ in finished]}
    rows[Result], rows[Debrief] = [], []
    for number, profile_id in enumerate(finished):
        results = Temperament.of(Random(number)).results()
        whose = {**of, "profile_id": profile_id, "created_at": moment}
        rows[Result] += [
            {**whose, "id": new_id(), "assessment": name, "instrument": f"{name}-1", "scores": scores}
            for name, scores in results.items()
        ]
        rows[Debrief].append(
            {
                **whose,
                "id": new_id(),
                "text": compose(results),
                "author": "embedded",
                "model": None,
                "scores": results,
                "version": 1,
            }
        )
    rows[AssessmentInvitation] = [
        {
            **of,
            "id": new_id(),
            "profile_id": id_,
            "invited_by": stage.member_id,
            "connection_id": None,
            "note": "",
            "assessments": ["disc", "focus", "core"],
            "created_at": moment,
            "sent_at": moment,
            "expires_at": moment + WEEK,
        }
        for id_ in last_ids(stage, "pending", stage.profiles)
    ]
    rows[AuditEntry] = list(calls(stage, moment))
    return rows


def calls(stage: Stage, moment: datetime) -> Iterator[Row]:
    """What the connections of this account did by tools, in turns."""
    connections = db.session.scalars(select(Connection.id).where(Connection.account_id == stage.account_id)).all()
    for number in range(CALLS if connections else 0):
        yield {
            "id": new_id(),
            "account_id": stage.account_id,
            "at": moment,
            "action": Action.TOOL_CALLED,
            "outcome": Outcome.ALLOWED,
            "user_id": stage.user_id,
            "member_id": stage.member_id,
            "connection_id": connections[number % len(connections)],
            "client_name": "Claude",
            "tool": "list_tags",
            "resources": [],
            "resource_count": 0,
            "fields": [],
            "values": {},
            "steps": [],
            "personal_digest": "",
            "entry_hash": "",
        }
