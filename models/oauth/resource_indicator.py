"""When two addresses are the same resource (RFC 8707), however clients spell it."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit


@lru_cache(maxsize=64)
def same_resource(one: str, other: str) -> bool:
    """Whether two resource addresses are equal, ignoring a trailing slash and case in scheme and host."""
    return canonical(one) == canonical(other)


def canonical(resource: str) -> tuple[str, str, str]:
    try:
        parts = urlsplit(resource)
    except ValueError:
        return ("", resource, "")
    # A query or a fragment makes it another resource, which must be spelled exactly the same.
    if parts.query or parts.fragment:
        return ("", resource, "")
    return parts.scheme.lower(), parts.netloc.lower(), parts.path.removesuffix("/")
