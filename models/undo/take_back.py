"""Doing what a plan says: all of it in one transaction, with one entry in the audit log, which can be taken back in turn."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from models.accounts import Account, DataExport, Member
from models.assessments import AssessmentInvitation
from models.assessments.reminders import withdraw
from models.audit import Action, AuditEntry, BeforeImage, Image, creation, deletion, difference, record, stored
from models.audit.before_image import person_in, plain, revived
from models.connections import Connection
from models.database import Base, db, locks, new_id, now, table_of
from models.errors import NotAllowed
from models.mail import Message
from models.profiles import Alias, Profile, ProfileTag, Tag
from models.request_scope import Resource
from models.secrets import same
from models.undo.plan import Item, Plan, Step, changes_name, plan_for, with_derived
from models.undo.undoable import Changes

MODELS: dict[str, type[Base]] = {
    model.__tablename__: model for model in (Account, Alias, AssessmentInvitation, Profile, ProfileTag, Tag)
}
NAMED = ("profile", "tag", "alias")
"""What an entry of the audit log can name."""


class OutdatedPlan(NotAllowed):
    """Something changed since the plan was shown. Nothing was done."""


def take_back(changes: Changes, member: Member, shown: str) -> Plan:
    """Do what was shown: exactly that, or nothing. Returns what was done.

    Raises `OutdatedPlan`, or `NotAllowed` if there is nothing to do.
    """
    # No app of the account writes meanwhile. Members' own changes wait for the rows.
    locks.take(changes.account_id)
    plan = plan_for(changes, member, lock=True)
    if not same(shown, plan.digest):
        raise OutdatedPlan(_("Something changed in the meantime. Nothing was done. This is how it is now."))
    if not plan.todo:
        raise NotAllowed(_("There is nothing left to take back."))
    try:
        # Names are unique at every moment: what goes gives its name up first, and those that trade theirs stand aside.
        kept = remove(plan)
        changing = stand_aside(plan)
        kept += [*restore(plan), *change(changing)]
    except IntegrityError as error:
        # Somebody took a name at this very moment.
        raise OutdatedPlan(_("Something changed in the meantime. Nothing was done. This is how it is now.")) from error
    if any(item.table == "profile" and item.step != Step.CHANGE for item in plan.todo):
        DataExport.outdate(changes.account_id)
    connection = db.session.get(Connection, changes.connection_id) if changes.connection_id else None
    record(
        Action.CHANGES_TAKEN_BACK,
        *dict.fromkeys(things_in(plan.todo)),
        fields=sorted({name for item in plan.todo if item.step == Step.CHANGE for name in item.then or ()}),
        values={"entries": len(changes.entry_ids)},
        names={item.row.split("/")[1]: (item.now or {})["label"] for item in plan.todo if is_removed_tag(item)},
        by=member.as_actor(connection.id, connection.app_name) if connection else None,
        kept=kept,
    )
    return plan


def restore(plan: Plan) -> list[Image]:
    """Bring back deleted rows as they were."""
    images = []
    for item in (each for each in plan.todo if each.step == Step.RESTORE):
        table = Base.metadata.tables[item.table]
        then = with_derived(item.table, item.then or {})
        if "updated_at" in then:
            then["updated_at"] = plain(now())
        values = {column.name: revived(column, then[column.name]) for column in table.columns}
        db.session.connection().execute(insert(table), values)
        images.append(Image(item.row, None, then, person_in(table, then)))
    return images


def stand_aside(plan: Plan) -> list[tuple[Item, Base, Mapping[str, Any]]]:
    """The rows that change, with what they were. Those that get another name have none meanwhile."""
    rows = [(item, found(item)) for item in plan.todo if item.step == Step.CHANGE]
    changing: list[tuple[Item, Base, Mapping[str, Any]]] = [(item, row, stored(row)) for item, row in rows]
    for item, row in rows:
        if changes_name(item):
            set_columns(row, {"label" if item.table == "tag" else "consumer_key": str(new_id())})
    db.session.flush()
    return changing


def change(changing: Iterable[tuple[Item, Base, Mapping[str, Any]]]) -> list[Image]:
    """Give changed rows the values that they had."""
    images = []
    for item, row, before in changing:
        set_columns(row, item.then or {})
        db.session.flush()
        images += difference(row, before)
    return images


def remove(plan: Plan) -> list[Image]:
    """Delete what the changes created."""
    images: dict[str, Image] = {}
    for item in reversed([each for each in plan.todo if each.step == Step.REMOVE]):
        if item.row in images:
            # It went with what it belonged to.
            continue
        row = found(item)
        if isinstance(row, ProfileTag):
            [made] = creation(row)
            images[item.row] = Image(made.row, made.after, None, made.person)
        else:
            images |= {image.row: image for image in deletion(row)}
        if isinstance(row, AssessmentInvitation):
            withdraw(row)
        db.session.delete(row)
        db.session.flush()
    return [*images.values()]


def found(item: Item) -> Base:
    """The object of a row that exists."""
    model, keys = MODELS[item.table], item.row.split("/")[1:]
    if model is ProfileTag:
        values = item.now or {}
        return db.session.get_one(
            model, tuple(uuid.UUID(values[name]) for name in ("account_id", "tag_id", "profile_id"))
        )
    return db.session.get_one(model, uuid.UUID(keys[0]), populate_existing=True)


def set_columns(row: Base, values: Mapping[str, Any]) -> None:
    """Set these columns, and those that are made from them."""
    table, before = table_of(type(row)), stored(row)
    for name, value in with_derived(table.name, before | dict(values)).items():
        if value != before[name]:
            setattr(row, name, revived(table.columns[name], value))
    if isinstance(row, Profile):
        row.updated_at = now()


def things_in(items: Iterable[Item]) -> Iterable[Resource]:
    """What an entry names of these rows: the things themselves, and whom ties and results belong to."""
    for item in items:
        if item.table in NAMED:
            yield item.table, uuid.UUID(item.row.split("/")[1])
        for kind, column in (("tag", "tag_id"), ("profile", "profile_id"), ("profile", "resource_id")):
            if id_ := item.value(column):
                yield kind, uuid.UUID(id_)


def is_removed_tag(item: Item) -> bool:
    return item.table == "tag" and item.step == Step.REMOVE


def mailed_people(plan: Plan) -> list[str]:
    """The ids of the people whose invitation would be withdrawn and has already left by mail."""
    withdrawn = {i.row.split("/")[1]: i.person for i in plan.todo if i.table == "assessment_invitation" and i.now}
    sent = Message.account_id == plan.changes.account_id, Message.state == "sent"
    about = Message.about_id.in_([uuid.UUID(id_) for id_ in withdrawn])
    found = db.session.scalars(select(Message.about_id).where(*sent, about).distinct()) if withdrawn else ()
    return [person for id_ in found if (person := withdrawn[str(id_)])]


def erase_permanently(entry: AuditEntry) -> int:
    """Delete what is kept of the people whom this entry deleted, so that nobody can bring them back. Returns how many people."""
    images = BeforeImage.of_deleted_people(entry.account_id, entry.id)
    for person in images:
        BeforeImage.erase_person(entry.account_id, person)
    if images:
        record(Action.PROFILE_ERASED, *(("profile", person) for person in images))
    return len(images)
