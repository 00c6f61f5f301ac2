"""The country in which a network is registered, by a table on this machine: nothing is asked on the internet.

Two formats are read: the files of the registries (`registry|DE|ipv4|192.0.2.0|256|…`), and CSV (`192.0.2.0/24,DE`).
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Self

from sqlalchemy import select

from models.connections import ConnectionNetwork
from models.database import db, now

NEW = timedelta(days=1)
Block = tuple[int, int, str]
"""The first and the last address, and the country."""


@dataclass(frozen=True)
class Countries:
    """Registered blocks of addresses by IP version, in order."""

    blocks: dict[int, list[Block]]

    @classmethod
    def read(cls, lines: Iterable[str]) -> Self:
        """From the lines of a table. Lines in neither format, and blocks without a country, are left out."""
        blocks: dict[int, list[Block]] = {4: [], 6: []}
        for version, block in filter(None, map(block_in, lines)):
            blocks[version].append(block)
        return cls({version: sorted(found) for version, found in blocks.items()})

    def of(self, network: str) -> str | None:
        """The country of this network, as two letters; None if the table does not have it."""
        try:
            first = ip_network(network, strict=False)
        except ValueError:
            return None
        place, blocks = int(first.network_address), self.blocks[first.version]
        # In order of their first addresses, the last one that begins at or before this address.
        at = bisect_right(blocks, (place, 1 << 128, "")) - 1
        return blocks[at][2] if at >= 0 and place <= blocks[at][1] else None


def block_in(line: str) -> tuple[int, Block] | None:
    try:
        return registered(line.split("|")) if "|" in line else listed(line.split(","))
    except ValueError:
        return None


def registered(fields: list[str]) -> tuple[int, Block] | None:
    """A line of a registry: the number is of addresses in IPv4, and the length of the prefix in IPv6."""
    if len(fields) < 5 or fields[2] not in {"ipv4", "ipv6"} or not is_country(fields[1]):
        return None
    address, number = ip_address(fields[3]), int(fields[4])
    size = number if address.version == 4 else 1 << (128 - number)
    return address.version, (int(address), int(address) + size - 1, fields[1])


def listed(fields: list[str]) -> tuple[int, Block] | None:
    if len(fields) < 2 or not is_country(country := fields[1].strip().strip('"')):
        return None
    network = ip_network(fields[0].strip().strip('"'))
    return network.version, (int(network.network_address), int(network.broadcast_address), country)


def is_country(text: str) -> bool:
    # ZZ is what a registry has not given to anybody.
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper() and text != "ZZ"


@cache
def countries_in(file: str) -> Countries:
    """The table in this file, read once in the life of the process."""
    with Path(file).open(encoding="utf-8", errors="replace") as lines:
        return Countries.read(lines)


def new_countries(countries: Countries) -> Iterator[tuple[uuid.UUID, str]]:
    """The connections that were used from a country on the last day that none of their networks before was in."""
    recently = now() - NEW
    used = select(ConnectionNetwork).where(
        ConnectionNetwork.connection_id.in_(
            select(ConnectionNetwork.connection_id).where(ConnectionNetwork.first_used_at > recently)
        )
    )
    known: dict[uuid.UUID, set[str]] = {}
    for each in db.session.scalars(used.order_by(ConnectionNetwork.first_used_at, ConnectionNetwork.id)):
        if (country := countries.of(each.network)) is None:
            continue
        before = known.setdefault(each.connection_id, set())
        if before and country not in before and each.first_used_at > recently:
            yield each.connection_id, country
        before.add(country)
