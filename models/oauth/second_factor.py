"""Whether a member lacks a second factor that the account requires: part of the query for what their apps may do."""

from __future__ import annotations

from sqlalchemy import case, exists, false, or_

from models.accounts import Account, Member
from models.connections import ConnectionPolicy
from models.database import table_of
from models.identity import Authenticator, Passkey

account, policy, member = table_of(Account).c, table_of(ConnectionPolicy).c, table_of(Member).c
app, passkey = table_of(Authenticator).c, table_of(Passkey).c

HAS_ONE = or_(
    exists().where(app.user_id == member.user_id).correlate(table_of(Member)),
    exists().where(passkey.user_id == member.user_id).correlate(table_of(Member)),
)
# A CASE, so that accounts without the requirement look up no factors.
MISSING = case((or_(account.second_factor_required, policy.second_factor), ~HAS_ONE), else_=false())
