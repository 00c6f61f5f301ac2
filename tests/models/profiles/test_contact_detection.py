"""What reads like an address or a phone number, and what is another system's id."""

from __future__ import annotations

from models.profiles.contact_detection import looks_like_contact
from tests.for_each import for_each

CONTACTS = [
    "doug@example.com",
    "mailto:doug@example.com",
    "doug\uff20example.com",
    "doug @example.com",
    "+49 30 123456",
    "+49\u201130\u20111234567",
    "030\u20131234567",
    "555\u2212123\u22124567",
    "555\u00a0123\u202f4567",
    "555\u00b7123\u00b74567",
    "555_123_4567",
    "555 (123) - 4567",
    "03\u30fc1234\u30fc5678",
    "(030) 123 4567",
    "(1234567)",
    "0301234567",
    "0049301234567",
    "001 2345678",
    "+49 30 2012-0",
    "555-123-4567",
    "crm 555-123-4567",
    "phone:555-123-4567",
    "tel-0301234567",
    "tel0301234567",
    "crm/0301234567",
    "Doug, 612 345 678 (mobile)",
    "555 1234 x12",
    "\uff10\uff13\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17",
    "\u0660\u0663\u0660\u0661\u0662\u0663\u0664\u0665\u0666\u0667",
    "tel \u0665\u0665\u0665-\u0661\u0662\u0663-\u0664\u0665\u0666\u0667",
    "5\ufe0f\u20e35\ufe0f\u20e35\ufe0f\u20e31\ufe0f\u20e32\ufe0f\u20e33\ufe0f\u20e34\ufe0f\u20e3",
]
NAMES = [
    "crm-2",
    "crm-4711",
    "crm 123-456",
    "@doug",
    "team @doug",
    "0001",
    "0001234",
    "ext-00012345",
    "crm-0012345",
    "1004523",
    "4930123456",
    "0x1234567",
    "2026-1",
    "2026-00123",
    "INV-2026-001234",
    "2026-11-24",
    "crm-2026-11-24",
    "2026-11-24 10:15",
    "2026-11-24T10:15:00",
    "24.11.2026",
    "01/12/2026",
    "550e8400-e29b-41d4-a716-446655440000",
    "urn:uuid:00000000-0000-0000-0000-012345678901",
    "507f1f77bcf86cd799439011",
    "deadbeef0301234567",
]


@for_each("text", CONTACTS)
def test_an_address_or_a_number_is_known_however_it_is_written(text):
    assert looks_like_contact(text)


@for_each("text", NAMES)
def test_another_systems_name_for_somebody_is_neither(text):
    assert not looks_like_contact(text)
