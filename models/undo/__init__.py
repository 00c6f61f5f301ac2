"""Taking changes back: what would become of each row, what stands in the way, and doing it as one change."""

from models.undo.plan import Item, Plan, Problem, Step, is_left, plan_for
from models.undo.take_back import OutdatedPlan, erase_permanently, mailed_people, take_back
from models.undo.undoable import Changes, changes_of_entry, changes_since, entry_of_request, has_changes

__all__ = [
    "Changes",
    "Item",
    "OutdatedPlan",
    "Plan",
    "Problem",
    "Step",
    "changes_of_entry",
    "changes_since",
    "entry_of_request",
    "erase_permanently",
    "has_changes",
    "is_left",
    "mailed_people",
    "plan_for",
    "take_back",
]
