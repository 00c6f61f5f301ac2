"""Debriefs: texts about a result, composed by this server or written by a language model."""

from models.debriefs.composer import compose
from models.debriefs.debrief import Debrief
from models.debriefs.job import DebriefAttempt, LeaseLost, Results
from models.debriefs.model_endpoint import Recipient
from models.debriefs.prompt import message_of
from models.debriefs.request import LONGEST_PAUSE, DebriefRequest
from models.debriefs.response_schema import Unusable, sheet_for, text_from

__all__ = [
    "LONGEST_PAUSE",
    "Debrief",
    "DebriefAttempt",
    "DebriefRequest",
    "LeaseLost",
    "Recipient",
    "Results",
    "Unusable",
    "compose",
    "message_of",
    "sheet_for",
    "text_from",
]
