"""Backups: a file with everything in the database, checked, and the way back from it."""

from models.backup.after_restore import end_what_may_have_ended, members, reset_passwords
from models.backup.archive import BadBackup, Manifest, recipients
from models.backup.making import make_backup
from models.backup.restoring import restore_backup

__all__ = [
    "BadBackup",
    "Manifest",
    "end_what_may_have_ended",
    "make_backup",
    "members",
    "recipients",
    "reset_passwords",
    "restore_backup",
]
