"""Accounts, users, members and invitations to accounts."""

from models.accounts.account import LEAST_DAYS, MOST_DAYS, USUAL_DAYS, Account, checked_language, retention_rule
from models.accounts.data_export import DataExport, DataExportPiece, pieces_of
from models.accounts.member import Member, tag_limit
from models.accounts.member_invitation import MemberInvitation
from models.accounts.password_rules import check_password
from models.accounts.sign_up import may_sign_up, open_account, set_up_token, sets_up, start_account
from models.accounts.user import User

__all__ = [
    "LEAST_DAYS",
    "MOST_DAYS",
    "USUAL_DAYS",
    "Account",
    "DataExport",
    "DataExportPiece",
    "Member",
    "MemberInvitation",
    "User",
    "check_password",
    "checked_language",
    "may_sign_up",
    "open_account",
    "pieces_of",
    "retention_rule",
    "set_up_token",
    "sets_up",
    "start_account",
    "tag_limit",
]
