"""Writing the audit log: actions, entries, seals, purges, and the stand-alone verifier."""

from models.audit.action_texts import actions_called, title_of, titles_by_group
from models.audit.actions import Action, Outcome
from models.audit.before_image import BeforeImage, Image, creation, deletion, difference, stored
from models.audit.display_names import Names
from models.audit.entry import (
    ANSWER,
    MORE_FOLLOW,
    MOST_RESOURCES,
    NEW_NAME,
    PEOPLE,
    SENT_REQUEST_ID,
    SENT_TOOL,
    AuditEntry,
    AuditName,
    AuditPersonal,
)
from models.audit.placeholders import EntryContext, resources_of
from models.audit.purge import AuditPurge, sign_for
from models.audit.recorded_words import label_of, shown_value
from models.audit.recorder import record, record_call, touch
from models.audit.resource_kinds import Thing
from models.audit.seal import (
    AuditSeal,
    SealedEntry,
    accounts_to_seal,
    entry_facts,
    first_id,
    hand_over,
    has_unsealed_entries,
    oldest_without_seal,
    personal_facts,
    seal_log,
    seal_next,
    seal_numbers,
    seal_of,
    seal_with_new_key,
    stored_log,
)
from models.audit.sentences import sentence
from models.audit.verify_audit import Unreadable, hash_of_line, read_seal, signed_of_sheet, verify
from models.audit.wording import ENGLISH_WORDING, Part, Wording, begin, reader_wording

__all__ = [
    "ANSWER",
    "ENGLISH_WORDING",
    "MORE_FOLLOW",
    "MOST_RESOURCES",
    "NEW_NAME",
    "PEOPLE",
    "SENT_REQUEST_ID",
    "SENT_TOOL",
    "Action",
    "AuditEntry",
    "AuditName",
    "AuditPersonal",
    "AuditPurge",
    "AuditSeal",
    "BeforeImage",
    "EntryContext",
    "Image",
    "Names",
    "Outcome",
    "Part",
    "SealedEntry",
    "Thing",
    "Unreadable",
    "Wording",
    "accounts_to_seal",
    "actions_called",
    "begin",
    "creation",
    "deletion",
    "difference",
    "entry_facts",
    "first_id",
    "hand_over",
    "has_unsealed_entries",
    "hash_of_line",
    "label_of",
    "oldest_without_seal",
    "personal_facts",
    "read_seal",
    "reader_wording",
    "record",
    "record_call",
    "resources_of",
    "seal_log",
    "seal_next",
    "seal_numbers",
    "seal_of",
    "seal_with_new_key",
    "sentence",
    "shown_value",
    "sign_for",
    "signed_of_sheet",
    "stored",
    "stored_log",
    "title_of",
    "titles_by_group",
    "touch",
    "verify",
]
