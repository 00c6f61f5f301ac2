"""What the Python peers share: hashes, audit rows, and the models of answers, with the fields that ours have."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

PEER = os.environ["PEER_NAME"]
Color = Literal["emerald", "red", "yellow", "orange", "blue", "indigo", "purple", "pink", "zinc"]


class AccountName(BaseModel):
    name: str


class Profile(BaseModel):
    id: uuid.UUID
    first_name: str
    last_name: str
    email: str
    status: str
    disc_style: str | None
    completed_at: datetime | None
    created_at: datetime


class Profiles(BaseModel):
    account: AccountName
    profiles: list[Profile]
    next_cursor: str | None
    total: int


class Tag(BaseModel):
    account: AccountName
    id: uuid.UUID
    label: str
    color: Color
    profiles: int


FIELDS = tuple(Profile.model_fields)


def profiles_of(account: str, rows: list[Any], total: int) -> Profiles:
    listed = [Profile.model_validate(dict(zip(FIELDS, row, strict=True))) for row in rows]
    cursor = str(listed[-1].id) if len(listed) < total else None
    return Profiles(account=AccountName(name=account), profiles=listed, next_cursor=cursor, total=total)


def tag_of(account: str, tag_id: str, label: str, color: Color, profiles: int) -> Tag:
    return Tag(account=AccountName(name=account), id=uuid.UUID(tag_id), label=label, color=color, profiles=profiles)


def fingerprint(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def audit_row(tool: str, account_id: str, ids: list[str], at: float) -> tuple[Any, ...]:
    row = (uuid.uuid4().hex, PEER, account_id, at, tool, json.dumps(ids))
    return (*row, fingerprint(json.dumps(row)))
