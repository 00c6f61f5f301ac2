"""How a person signs in: passwords, passkeys, one-time codes, sessions, resets."""

from models.identity.email_change import EmailChange, change_email
from models.identity.failed_proof import TooManyTries, forget_try, last_try_failed, record_failure
from models.identity.one_time_codes import code_is_right
from models.identity.passkey import Passkey
from models.identity.password_reset import PasswordReset
from models.identity.password_sign_in import change_password, change_person, password_is, person_signing_in
from models.identity.pending_sign_in import SecondStep
from models.identity.recovery_codes import RecoveryCode
from models.identity.relying_party import Party
from models.identity.second_factors import (
    add_app,
    add_passkey,
    forget_factors,
    remove_app,
    remove_passkey,
    rename_passkey,
    renew_recovery_codes,
)
from models.identity.security_notice import notify
from models.identity.session import LoginSession
from models.identity.totp import Authenticator, address_for_app, key_of, new_seed
from models.identity.user_agents import browser_in_words
from models.identity.webauthn_challenge import SECOND_FACTOR, SIGN_IN, BadAnswer, Ceremony, challenge_of

__all__ = [
    "SECOND_FACTOR",
    "SIGN_IN",
    "Authenticator",
    "BadAnswer",
    "Ceremony",
    "EmailChange",
    "LoginSession",
    "Party",
    "Passkey",
    "PasswordReset",
    "RecoveryCode",
    "SecondStep",
    "TooManyTries",
    "add_app",
    "add_passkey",
    "address_for_app",
    "browser_in_words",
    "challenge_of",
    "change_email",
    "change_password",
    "change_person",
    "code_is_right",
    "forget_factors",
    "forget_try",
    "key_of",
    "last_try_failed",
    "new_seed",
    "notify",
    "password_is",
    "person_signing_in",
    "record_failure",
    "remove_app",
    "remove_passkey",
    "rename_passkey",
    "renew_recovery_codes",
]
