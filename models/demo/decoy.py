"""The decoy profile of an account: an invented person whom no task needs, so that an app that opens them stands out.

It is a real row with real results, so that an app cannot tell it from others. Only `Account.decoy_id` says which one it is:
that hides it from members (`Member.limits`) and from reports, and no tool shows it.
"""

from __future__ import annotations

from random import SystemRandom

from flask_babel import gettext as _
from sqlalchemy import select

from models.accounts import Account
from models.audit import Action, record
from models.database import db, locks
from models.debriefs import Debrief, compose
from models.demo.people_generator import Person, invented_people
from models.demo.profiles import INSTRUMENTS
from models.demo.scores import Temperament
from models.errors import NotAllowed
from models.profiles import Profile, Result


def decoy_of(account: Account) -> Profile | None:
    """The decoy of this account; None if it has none, or an app deleted it."""
    if account.decoy_id is None:
        return None
    return db.session.scalar(select(Profile).where(Profile.account_id == account.id, Profile.id == account.decoy_id))


def suggest_decoy() -> Person:
    """Somebody invented, another one each time."""
    return next(invented_people(str(SystemRandom().random())))


def make_decoy(account: Account, first_name: str, last_name: str, email: str) -> Profile:
    """Create the decoy; raises `Invalid` for a name or address that cannot be used, `NotAllowed` if there is one."""
    locks.take(account.id)
    db.session.refresh(account)
    if decoy_of(account):
        raise NotAllowed(_("This account already has a decoy profile."))
    decoy = Profile.create(account.id, email, first_name, last_name)
    results = Temperament.of(SystemRandom()).results()
    for assessment, scores in results.items():
        Result.keep(decoy, assessment, scores, INSTRUMENTS[assessment])
    db.session.flush()
    Debrief.write(decoy, compose(results), "embedded", results)
    account.decoy_id = decoy.id
    record_change(account)
    return decoy


def remove_decoy(account: Account) -> None:
    """Delete the decoy, if there is one."""
    locks.take(account.id)
    db.session.refresh(account)
    if decoy := decoy_of(account):
        decoy.delete()
    account.decoy_id = None
    record_change(account)


def record_change(account: Account) -> None:
    record(Action.ACCOUNT_CHANGED, ("account", account.id), fields=["decoy"])
