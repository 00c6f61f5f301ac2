"""Settings: read once, in the types they need, and never unsafe."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from pathlib import Path

import pytest

from config import Settings, UnsafeSettings, read_env_file
from tests.for_each import for_each

KEY = "0123456789abcdef0123456789abcdef"
SAFE = {"SECRET_KEY": KEY, "PUBLIC_URL": "https://profile.example.com"}


@pytest.mark.asvs("12.2.1", "13.2.3")
@for_each(
    ("wrong", "named"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "profile.example.com"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://profile.example.com"}, "https"),
        ({"PUBLIC_URL": "http://127.0.0.1.example.com"}, "https"),
        ({"PUBLIC_URL": "https://profile.example.com/app"}, "without a path"),
        ({"PUBLIC_URL": "https://profile.example.com?"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://profile.example.com:99999"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://profile.example.com:"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://[::1"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://bücher.example"}, "xn--"),
        ({"DATABASE_URL": "sqlite:///"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://me@db.example"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://me@db.example:99999/profile"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql://me@db.example:port/profile"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgres://me@db.example/profile?sslmode=require&pgbouncer=true"}, "pgbouncer"),
        ({"DATABASE_URL": "postgres://me@db.example/profile?ssl=true"}, "sslmode"),
        ({"DYNO": "web.1"}, "Heroku deletes"),
        ({"RENDER": "true", "DATABASE_URL": "sqlite:////srv/new/profile.db"}, "Render deletes"),
        ({"FLY_APP_NAME": "profile", "DATABASE_URL": "sqlite:///profile.db"}, "persistent disk"),
        ({"ALLOWED_ORIGINS": "https://a.example,b.example"}, "b.example"),
        ({"PRIVACY_POLICY_URL": "javascript:alert(1)"}, "PRIVACY_POLICY_URL"),
        ({"MAIL_FROM": "nobody"}, "MAIL_FROM"),
        ({"PUBLIC_URL": "https://user:word@profile.example.com"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "javascript://profile.example.com"}, "PUBLIC_URL"),
        ({"DATABASE_URL": "mysql://localhost/profile"}, "mysql"),
        ({"DATABASE_URL": "nonsense"}, "DATABASE_URL"),
        ({"SIGN_UP": "maybe"}, "SIGN_UP"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"DEMO": "perhaps"}, "DEMO"),
        ({"TRUSTED_PROXIES": "-1"}, "TRUSTED_PROXIES"),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES"),
        ({"ACCESS_TOKEN_LIFETIME": "0"}, "ACCESS_TOKEN_LIFETIME"),
        ({"ACCESS_TOKEN_LIFETIME": "1e99"}, "ACCESS_TOKEN_LIFETIME"),
        ({"REFRESH_GRACE": "3601"}, "REFRESH_GRACE"),
        ({"MAX_BODY": "10"}, "MAX_BODY"),
        ({"LIMIT_CALLS": "0"}, "LIMIT_CALLS"),
        ({"LIMIT_SIGN_INS": "-1"}, "LIMIT_SIGN_INS"),
        ({"LIMIT_WRITES": "many"}, "LIMIT_WRITES"),
        ({"LIMIT_REGISTRATIONS": "1000001"}, "LIMIT_REGISTRATIONS"),
        ({"LIMIT_REFRESHES": "59"}, "LIMIT_REFRESHES"),
        ({"DEBRIEF_MODEL": "claude"}, "provider and a model"),
        ({"DEBRIEF_MODEL": ":claude"}, "provider and a model"),
        ({"DEBRIEF_BASE_URL": "http://127.0.0.1:11434/v1"}, "DEBRIEF_MODEL"),
        ({"DEBRIEF_MODEL": "anthropic:x", "DEBRIEF_BASE_URL": "http://127.0.0.1:11434/v1"}, "openai-chat"),
        ({"DEBRIEF_MODEL": "openai-chat:x", "DEBRIEF_BASE_URL": "http://models.example.com/v1"}, "https"),
        ({"DEBRIEF_MODEL": "openai-chat:x", "DEBRIEF_BASE_URL": "http://8.8.8.8/v1"}, "https"),
        (
            {"DEBRIEF_MODEL": "openai-chat:x", "DEBRIEF_BASE_URL": "https://me:word@models.example.com/v1"},
            "no web address",
        ),
        ({"DEBRIEF_MODEL": "openai-chat:x", "DEBRIEF_BASE_URL": "ollama:11434"}, "no web address"),
        ({"DEBRIEF_MODEL": "openai-chat:x", "DEBRIEF_BASE_URL": "http://127.0.0.1:99999/v1"}, "DEBRIEF_BASE_URL"),
        ({"DEBRIEF_MODEL": "openai-chat:x", "DEBRIEF_BASE_URL": "http://[::1/v1"}, "DEBRIEF_BASE_URL"),
        ({"DEBRIEF_TIMEOUT": "0"}, "DEBRIEF_TIMEOUT"),
        ({"DEBRIEF_TOKENS": "10"}, "DEBRIEF_TOKENS"),
        ({"DEBRIEFS_A_DAY": "-1"}, "DEBRIEFS_A_DAY"),
    ],
)
def test_unsafe_settings_stop_the_start_and_say_which(wrong, named):
    with pytest.raises(UnsafeSettings, match=named):
        Settings.from_environ(SAFE | wrong)


VARIABLES = [field.name.upper() for field in fields(Settings)]
NUMBERS = [field.name.upper() for field in fields(Settings) if type(field.default) in {int, timedelta}]


@for_each("nonsense", ["nonsense \x07%AB:99999", "\N{SNOWMAN}", "\x00"])
@for_each("variable", VARIABLES)
def test_nonsense_in_any_variable_stops_the_start_with_its_name(variable, nonsense):
    with pytest.raises(UnsafeSettings, match=variable) as said:
        Settings.from_environ(SAFE | {variable: nonsense})
    assert str(said.value).endswith(".")


@for_each("number", ["-1", "1.5", "9" * 30, "9" * 5_000, "many"])
@for_each("variable", NUMBERS)
def test_a_number_that_cannot_be_stops_the_start_with_its_name(variable, number):
    with pytest.raises(UnsafeSettings, match=variable):
        Settings.from_environ(SAFE | {variable: number})


@for_each("blank", ["", " ", "\t"])
@for_each("variable", [name for name in VARIABLES if name not in SAFE])
def test_a_blank_variable_is_one_that_is_not_set(variable, blank):
    assert Settings.from_environ(SAFE | {variable: blank}) == Settings.from_environ(SAFE)


@for_each(
    ("written", "meant"),
    [
        ({"PUBLIC_URL": "HTTPS://Profile.Example.COM:8443/"}, {"PUBLIC_URL": "https://profile.example.com:8443"}),
        ({"ALLOWED_ORIGINS": "HTTPS://App.Example/"}, {"ALLOWED_ORIGINS": "https://app.example"}),
        ({"LOG_LEVEL": "debug"}, {"LOG_LEVEL": "DEBUG"}),
        ({"WORKER": "Separate", "SIGN_UP": "Open"}, {"WORKER": "separate", "SIGN_UP": "open"}),
    ],
)
def test_capitals_make_no_difference_where_they_mean_none(written, meant):
    settings = Settings.from_environ(SAFE | written)
    assert settings == Settings.from_environ(SAFE | meant)
    # Secure cookies and HSTS depend on this.
    assert settings.https


def test_a_file_of_settings_that_is_no_text_is_named(tmp_path):
    (tmp_path / "local.env").write_bytes(b"SECRET_KEY=\xff\xfe")
    with pytest.raises(UnsafeSettings, match=r"local\.env"):
        read_env_file(tmp_path / "local.env")


@for_each(
    "url", ["http://127.0.0.1:8000", "http://localhost:8000/", "http://[::1]:9000", "https://profile.example.com"]
)
def test_http_is_for_this_machine_alone(url):
    assert Settings.from_environ(SAFE | {"PUBLIC_URL": url}).public_url == url.rstrip("/")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_understood_in_every_spelling(scheme):
    settings = Settings.from_environ(SAFE | {"DATABASE_URL": f"{scheme}://me:word@db.example/profile?sslmode=require"})
    assert settings.database_url == "postgresql+psycopg://me:word@db.example/profile?sslmode=require"


def test_variables_become_what_they_mean():
    settings = Settings.from_environ(
        SAFE
        | {
            "REFRESH_GRACE": "0",
            "DEMO": "1",
            "ALLOWED_ORIGINS": "https://a.example/, https://b.example",
            "TRUSTED_PROXIES": "2",
        }
    )
    assert settings.refresh_grace == timedelta(0)
    assert settings.demo is True
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert settings.trusted_proxies == 2


@pytest.mark.asvs("2.3.2")
def test_limits_are_those_that_were_promised():
    settings = Settings.from_environ(SAFE)
    assert (settings.limit_calls, settings.limit_calls_at_once, settings.limit_writes) == (120, 40, 30)
    assert (settings.limit_account_calls, settings.limit_refreshes) == (600, 60)
    assert (settings.limit_token_failures, settings.limit_registrations, settings.limit_fetches) == (30, 60, 10)


def test_settings_cannot_be_changed_afterwards():
    with pytest.raises(AttributeError):
        setattr(Settings.from_environ(SAFE), "demo", True)  # noqa: B010 (mypy knows already that it is read-only)


def test_a_variable_of_an_earlier_version_changes_nothing():
    assert Settings.from_environ(SAFE | {"QUEUE_URL": "redis://of.old"}) == Settings.from_environ(SAFE)


@for_each(
    ("model", "base_url", "host"),
    [
        ("anthropic:claude-sonnet-4-5", "", "api.anthropic.com"),
        ("openai-chat:gpt-4o", "", "api.openai.com"),
        ("openai-chat:llama3.1", "http://127.0.0.1:11434/v1", "127.0.0.1:11434"),
        ("openai-chat:llama3.1", "http://ollama:11434/v1", "ollama:11434"),
        ("openai-chat:llama3.1", "http://10.0.0.7/v1", "10.0.0.7"),
        ("openai-chat:llama3.1", "https://models.example.com/v1", "models.example.com"),
        ("groq:llama", "", "groq"),
    ],
)
def test_owners_are_told_where_the_model_is(model, base_url, host):
    settings = Settings.from_environ(SAFE | {"DEBRIEF_MODEL": model, "DEBRIEF_BASE_URL": base_url})
    assert settings.debrief_recipient.host == host
    assert Settings.from_environ(SAFE).debrief_recipient is None


def test_a_platform_can_keep_a_database_on_another_disk():
    if (disk := Path("/dev/shm")).is_dir():
        url = f"sqlite:///{disk}/profile.db"
        assert Settings.from_environ({**SAFE, "RENDER": "true", "DATABASE_URL": url}).database_url == url
    for parameters in ("sslmode=require&channel_binding=require", "sslmode=disable&connect_timeout=5"):
        url = f"postgres://me:word@db.example/profile?{parameters}"
        assert Settings.from_environ({**SAFE, "DYNO": "web.1", "DATABASE_URL": url}).database_url.endswith(parameters)
