"""Where scores may be sent for a debrief: a language model and its host."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

HOSTS = dict.fromkeys(("openai", "openai-chat", "openai-responses"), "api.openai.com") | {
    "anthropic": "api.anthropic.com"
}


class BadRecipient(Exception):
    """These settings name no model that can be used safely; the message says what to do."""


@dataclass(frozen=True)
class Recipient:
    """A model as DEBRIEF_MODEL names it, `provider:model`, and the address in DEBRIEF_BASE_URL for a self-hosted one."""

    model: str
    base_url: str = ""

    @classmethod
    def of(cls, model: str, base_url: str) -> Self | None:
        """The model in the settings; None if there is none. Raises `BadRecipient`."""
        if base_url:
            check_base_url(base_url, model)
        if model:
            check_model(model)
        return cls(model, base_url) if model else None

    @property
    def provider(self) -> str:
        """The provider's name."""
        return self.model.partition(":")[0]

    @property
    def known_host(self) -> str:
        """The only host, with its port, that is asked; empty if only the provider's library knows it."""
        return urlsplit(self.base_url).netloc if self.base_url else HOSTS.get(self.provider, "")

    @property
    def host(self) -> str:
        """The recipient of scores that Owners read and agree to: a host, or else the provider's name."""
        return self.known_host or self.provider


def check_model(model: str) -> None:
    provider, _, name = model.partition(":")
    if not (provider and name and model.isprintable()):
        raise BadRecipient(
            f"DEBRIEF_MODEL={model!r} is not understood: it takes a provider and a model, for instance "
            "anthropic:claude-sonnet-4-5 or openai-chat:llama3.1."
        )


def check_base_url(base_url: str, model: str) -> None:
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        raise BadRecipient("DEBRIEF_BASE_URL has a host or port that is not valid.") from None
    if not model.startswith("openai-chat:"):
        raise BadRecipient(
            "DEBRIEF_BASE_URL goes with a DEBRIEF_MODEL that begins with openai-chat: and with no other."
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise BadRecipient("DEBRIEF_BASE_URL is no web address; it looks like http://127.0.0.1:11434/v1.")
    if parts.scheme == "http" and not is_near(parts.hostname):
        raise BadRecipient(
            "DEBRIEF_BASE_URL must be https: scores would cross the network in clear. Only this machine and the private "
            "network around it (a private address, or a name without a dot) may be http."
        )


def is_near(host: str) -> bool:
    """Whether this is this machine, a private address, or a name that only a local resolver knows."""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host
