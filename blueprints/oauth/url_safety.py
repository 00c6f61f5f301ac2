"""Which URLs an app may publish its document at, and which network addresses this server may connect to for it."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from models.clients import BAD_ESCAPE, ENCODED_TRICKS, URI_CHARACTERS
from models.clients.redirect_uri import LONGEST

# A DNS name in lower case, whose last label is letters or punycode: 127.1, 0x7f.1 and 2130706433 are numbers, not names.
HOST_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9\-]{1,58}[a-z0-9])\Z")
LONGEST_HOST = 253
PORTS = (None, 443)


def address_problem(url: str, own_host: str) -> str | None:
    """Why this URL must not be fetched, for the log; None if it may. `own_host` is this server's own host."""
    if len(url) > LONGEST or not URI_CHARACTERS.match(url) or BAD_ESCAPE.search(url) or ENCODED_TRICKS.search(url):
        return "a character that does not belong in it, or a fragment"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "not well formed"
    if parts.scheme != "https" or not url.startswith("https://") or "?" in url:
        return "not https, or with a query"
    # Only the name and perhaps its port: user information, capitals and an empty port would make another spelling of it.
    if port not in PORTS or parts.netloc != host + (":443" if port else ""):
        return "another port, or something besides the host"
    if len(host) > LONGEST_HOST or not HOST_NAME.match(host) or host == own_host:
        return "not the name of another host"
    if parts.path in {"", "/"} or any(segment in {".", ".."} for segment in parts.path.split("/")):
        return "no path, or dot segments"
    return None


# RFC 6890 and the registries it began, and an Azure address: it looks ordinary but reaches the machine's own host.
NOT_PUBLIC_4 = tuple(
    map(
        IPv4Network,
        [
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "168.63.129.16/32",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ],
    )
)
# Only global unicast is public at all: loopback, mapped and translated IPv4 (::ffff:0:0/96, 64:ff9b::/96, 64:ff9b:1::/48),
# unique local, link-local and multicast addresses are outside of it. Teredo, 6to4 and documentation ranges are inside.
GLOBAL_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(map(IPv6Network, ["2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"]))
ISATAP = (0x0000_5EFE, 0x0200_5EFE)


def is_public(address: str) -> bool:
    """Whether this is an address of the public internet, in none of the forms that embed another one."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return not any(parsed in network for network in NOT_PUBLIC_4)
    return is_public_6(parsed)


def is_public_6(address: IPv6Address) -> bool:
    # RFC 5214 §6.1: the middle of an ISATAP address marks an IPv4 address that follows, under any prefix.
    tunnelled = (int(address) >> 32) & 0xFFFF_FFFF in ISATAP
    if address.scope_id or tunnelled or address not in GLOBAL_6:
        return False
    return not any(address in network for network in NOT_PUBLIC_6)
