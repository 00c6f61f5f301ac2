"""Data rights: exports, deletions, and what expires."""

from models.privacy.account_deletion import ask_deletion, cancel_deletion, live_connections, lock
from models.privacy.erasure import Erasure
from models.privacy.erasure_job import Erasing, forget_deletion_mail
from models.privacy.expiry import reap
from models.privacy.export_job import Making
from models.privacy.person_deletion import accounts_of, delete_sign_in, forget_people, needed_by, why_needed
from models.privacy.person_export import own_data
from models.privacy.profile_export import data_of

__all__ = [
    "Erasing",
    "Erasure",
    "Making",
    "accounts_of",
    "ask_deletion",
    "cancel_deletion",
    "data_of",
    "delete_sign_in",
    "forget_deletion_mail",
    "forget_people",
    "live_connections",
    "lock",
    "needed_by",
    "own_data",
    "reap",
    "why_needed",
]
