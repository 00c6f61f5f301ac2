"""How each assistant is connected: the steps in it, what to copy there, and how to start over. One row for each."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from flask_babel import LazyString, lazy_gettext

from config import Settings
from models.connections import ConnectionPolicy

NAME = "profile"
"""What this server is called in an assistant."""


@dataclass(frozen=True)
class Made:
    """A text to copy, or the address of a link: what it is called, and how it is made from the address for assistants."""

    label: LazyString
    make: Callable[[str], str]


@dataclass(frozen=True)
class Step:
    """One thing to do, perhaps with a link that does it, a text to copy, or both: then `otherwise` is said between them."""

    text: LazyString
    copy: Made | None = None
    link: Made | None = None
    otherwise: LazyString | str = ""


@dataclass(frozen=True)
class Assistant:
    """An assistant, or the kind of app, that a member can connect."""

    key: str
    name: LazyString | str
    steps: tuple[Step, ...]
    start_over: Step
    """How to make it forget an earlier connection."""
    asides: tuple[Step, ...] = ()
    """What only some people need."""
    hosted_by: str = ""
    """Whose servers it connects from; empty for one that runs on the person's computer."""
    document: str = ""
    """The address of the document with which it introduces itself; empty if it registers."""
    host: str = ""
    """The host that such a document proves; empty where the answer goes to the person's computer."""

    def allowed_by(self, policy: ConnectionPolicy, settings: Settings) -> bool:
        """Whether an account's policy lets it connect."""
        known = bool(self.document) and settings.client_documents
        kind = "document" if known else "registered"
        return policy.allows_app(kind, self.document if known else "", (self.host or None) if known else None)


def as_json(value: object) -> str:
    """JSON as people write it into a configuration file."""
    return json.dumps(value, indent=2)


def compact(value: object) -> str:
    """JSON without spaces, for a link."""
    return json.dumps(value, separators=(",", ":"))


def claude_link(url: str) -> str:
    filled_in = f"connectorName=Profile&connectorUrl={quote(url, safe='')}"
    return f"https://claude.ai/customize/connectors?modal=add-custom-connector&{filled_in}"


def vs_code_link(url: str) -> str:
    return f"vscode:mcp/install?{quote(compact(in_vs_code(url)), safe='')}"


def vs_code_command(url: str) -> str:
    # Double quotes work in bash, zsh and the Windows command prompt.
    return f"code --add-mcp {json.dumps(compact(in_vs_code(url)))}"


def in_vs_code(url: str) -> dict[str, str]:
    return {"name": NAME, "type": "http", "url": url}


def cursor_link(url: str) -> str:
    config = b64encode(compact({"url": url}).encode()).decode()
    return f"cursor://anysphere.cursor-deeplink/mcp/install?name={NAME}&config={quote(config, safe='')}"


def in_cursor(url: str) -> str:
    return as_json({"mcpServers": {NAME: {"url": url}}})


def in_a_file(url: str) -> str:
    return as_json({"mcpServers": {NAME: {"type": "http", "url": url}}})


def no_change(url: str) -> str:
    return url


def typed(command: str) -> Callable[[str], str]:
    """A command for a terminal; {url} in it is the address."""
    return lambda url: command.format(name=NAME, url=url)


CONSENT = Step(
    lazy_gettext("Your browser opens a page of Profile. Deny what the assistant should not have, and allow the rest.")
)

ASSISTANTS: dict[str, Assistant] = {
    assistant.key: assistant
    for assistant in (
        Assistant(
            key="claude",
            name="Claude",
            steps=(
                Step(
                    lazy_gettext("Open this link. Claude shows a form with the name and the address. Choose Add."),
                    link=Made(lazy_gettext("Add to Claude"), claude_link),
                    otherwise=lazy_gettext(
                        "Or open the form yourself, on the web or in the desktop app: Customize → Connectors → + → "
                        "Add custom connector. Enter Profile as the name, and this address:"
                    ),
                    copy=Made(lazy_gettext("Address for Claude"), no_change),
                ),
                Step(lazy_gettext("Leave the fields for a client ID and a secret empty. Choose Connect.")),
                CONSENT,
                Step(lazy_gettext("In a conversation, turn Profile on under + → Connectors.")),
            ),
            asides=(
                Step(
                    lazy_gettext(
                        "On a Team or Enterprise plan, an Owner of your organization first adds the address in Claude under "
                        "Organization settings → Connectors. Then each member chooses Connect."
                    )
                ),
            ),
            start_over=Step(
                lazy_gettext("In Claude, remove the connector under Customize → Connectors, and add it again.")
            ),
            hosted_by="Anthropic",
            document="https://claude.ai/oauth/mcp-oauth-client-metadata",
            host="claude.ai",
        ),
        Assistant(
            key="chatgpt",
            name="ChatGPT",
            steps=(
                Step(
                    lazy_gettext("In ChatGPT on the web, open Plugins. Choose +, then Add custom MCP server."),
                    link=Made(lazy_gettext("Open ChatGPT plugins"), lambda _url: "https://chatgpt.com/plugins"),
                ),
                Step(
                    lazy_gettext("Enter Profile as the name and, under Connection, this server URL:"),
                    copy=Made(lazy_gettext("Server URL"), no_change),
                ),
                Step(
                    lazy_gettext(
                        "Choose OAuth as the authentication. Leave the fields for a client ID and a secret empty."
                    )
                ),
                Step(lazy_gettext("Read the warning and confirm it. Choose Create as a plugin, and connect it.")),
                CONSENT,
            ),
            asides=(
                Step(
                    lazy_gettext(
                        "If you do not see Add custom MCP server, ask the administrator of your ChatGPT workspace to allow it."
                    )
                ),
            ),
            start_over=Step(lazy_gettext("In ChatGPT, delete the plugin, and add it again.")),
            hosted_by="OpenAI",
            document="https://chatgpt.com/oauth/client.json",
            host="chatgpt.com",
        ),
        Assistant(
            key="claude-code",
            name="Claude Code",
            steps=(
                Step(
                    lazy_gettext("In a terminal, add this server:"),
                    copy=Made(
                        lazy_gettext("Command to add it"),
                        typed("claude mcp add --scope user --transport http {name} {url}"),
                    ),
                ),
                Step(
                    lazy_gettext("Sign in:"),
                    copy=Made(lazy_gettext("Command to sign in"), typed("claude mcp login {name}")),
                ),
                CONSENT,
            ),
            asides=(
                Step(
                    lazy_gettext(
                        "On a computer without a browser, sign in with this command. It shows an address to open on another "
                        "computer, and asks for the address at which that browser ends."
                    ),
                    copy=Made(
                        lazy_gettext("Command to sign in without a browser"),
                        typed("claude mcp login --no-browser {name}"),
                    ),
                ),
            ),
            start_over=Step(
                lazy_gettext("Remove the server, then add it again:"),
                copy=Made(lazy_gettext("Command to remove it"), typed("claude mcp remove {name}")),
            ),
            document="https://claude.ai/oauth/claude-code-client-metadata",
        ),
        Assistant(
            key="codex",
            name="Codex",
            steps=(
                Step(
                    lazy_gettext("In a terminal, add this server. Codex then asks you to sign in:"),
                    copy=Made(lazy_gettext("Command to add it"), typed("codex mcp add {name} --url {url}")),
                ),
                CONSENT,
            ),
            asides=(
                Step(
                    lazy_gettext(
                        "The Codex extension for editors has the same servers. You need not add this one there again."
                    )
                ),
            ),
            start_over=Step(
                lazy_gettext("Remove the server, then add it again:"),
                copy=Made(lazy_gettext("Command to remove it"), typed("codex mcp remove {name}")),
            ),
            document="https://chatgpt.com/oauth/codex/client.json",
        ),
        Assistant(
            key="vs-code",
            name="VS Code",
            steps=(
                Step(
                    lazy_gettext("Open this link. VS Code shows the server. Choose Install."),
                    link=Made(lazy_gettext("Add to VS Code"), vs_code_link),
                    otherwise=lazy_gettext("Or use a terminal:"),
                    copy=Made(lazy_gettext("Command to add it"), vs_code_command),
                ),
                Step(
                    lazy_gettext(
                        "In the Command Palette, run MCP: List Servers, choose profile, then Start Server. Allow VS Code to sign in."
                    )
                ),
                CONSENT,
            ),
            start_over=Step(
                lazy_gettext(
                    "In the Command Palette, run Authentication: Remove Dynamic Authentication Providers and choose this server. "
                    "Then start it again."
                )
            ),
            document="https://vscode.dev/oauth/client-metadata.json",
        ),
        Assistant(
            key="cursor",
            name="Cursor",
            steps=(
                Step(
                    lazy_gettext("Open this link. Cursor shows the server. Choose Install."),
                    link=Made(lazy_gettext("Add to Cursor"), cursor_link),
                    otherwise=lazy_gettext("Or write this into the file .cursor/mcp.json in your home folder:"),
                    copy=Made(lazy_gettext("Configuration for Cursor"), in_cursor),
                ),
                Step(lazy_gettext("In the MCP settings of Cursor, choose Connect beside profile.")),
                CONSENT,
            ),
            start_over=Step(lazy_gettext("In the MCP settings of Cursor, remove the server, and add it again.")),
        ),
        Assistant(
            key="gemini-cli",
            name="Gemini CLI",
            steps=(
                Step(
                    lazy_gettext("In a terminal, add this server:"),
                    copy=Made(
                        lazy_gettext("Command to add it"),
                        typed("gemini mcp add --scope user --transport http {name} {url}"),
                    ),
                ),
                Step(
                    lazy_gettext("Start Gemini CLI, and type this in it:"),
                    copy=Made(lazy_gettext("Command to sign in"), typed("/mcp auth {name}")),
                ),
                CONSENT,
            ),
            start_over=Step(
                lazy_gettext("Remove the server, then add it again:"),
                copy=Made(lazy_gettext("Command to remove it"), typed("gemini mcp remove --scope user {name}")),
            ),
        ),
        Assistant(
            key="other",
            name=lazy_gettext("Another app"),
            steps=(
                Step(
                    lazy_gettext(
                        "Where the app asks for the URL of a remote MCP server or of a connector, enter this address:"
                    ),
                    copy=Made(lazy_gettext("Address for assistants"), no_change),
                ),
                Step(
                    lazy_gettext(
                        "If it asks, choose Streamable HTTP and OAuth. It needs no client ID, secret or token."
                    )
                ),
                CONSENT,
            ),
            asides=(
                Step(
                    lazy_gettext("Many apps read a configuration file like this one:"),
                    copy=Made(lazy_gettext("Configuration"), in_a_file),
                ),
                Step(
                    lazy_gettext("An app that can only start programs can start this one:"),
                    copy=Made(lazy_gettext("Program"), typed("npx mcp-remote {url}")),
                ),
            ),
            start_over=Step(lazy_gettext("In the app, remove the server, and add it again.")),
        ),
    )
}
