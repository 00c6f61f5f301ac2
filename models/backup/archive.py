"""The file of a backup: a tar with a manifest and the database in it, compressed, and encrypted with age if asked.

Without Profile at hand, `age -d` and `tar` open it.
"""

from __future__ import annotations

import gzip
import json
import os
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import pyrage

FORMAT = 1
MANIFEST, DATABASE = "manifest.json", "database"
AGE = b"age-encryption.org/v1\n"


class BadBackup(Exception):
    """This file cannot be made or restored; the message says why and what to do."""


@dataclass(frozen=True)
class Manifest:
    """What is in a backup."""

    kind: str
    """sqlite or postgresql."""
    made_at: str
    """When the state that it holds was current, ISO 8601 in UTC."""
    revision: str
    """The last migration of the database."""
    rows: dict[str, int]
    """How many rows each table has."""
    seals: dict[str, str]
    """The newest seal of each account's audit log, by the account's id."""
    format: int = FORMAT


def recipients(keys: Sequence[str]) -> list[pyrage.x25519.Recipient]:
    """The public keys that a backup is encrypted for."""
    try:
        return [pyrage.x25519.Recipient.from_str(key) for key in keys]
    except pyrage.RecipientError:
        raise BadBackup("That is not a public key of age. It begins with age1; `age-keygen` prints one.") from None


def write_archive(file: Path, manifest: Manifest, database: Path, keys: Sequence[pyrage.x25519.Recipient]) -> None:
    """Write a backup to this file, which appears when it is complete. Only its owner can read it."""
    if file.exists():
        raise BadBackup(f"{file} exists. Choose another name, or move that file away first.")
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=file.parent) as directory:
        plain, complete = Path(directory, "plain"), Path(directory, "complete")
        about = Path(directory, MANIFEST)
        about.write_text(json.dumps(asdict(manifest), indent=2))
        with tarfile.open(plain, "x:gz", compresslevel=1) as archive:
            archive.add(about, MANIFEST)
            archive.add(database, DATABASE)
        if keys:
            with plain.open("rb") as source, complete.open("xb") as target:
                pyrage.encrypt_io(source, target, keys)
        else:
            plain.rename(complete)
        complete.chmod(0o600)
        sync(complete)
        # A link fails where a rename would replace what has come meanwhile.
        os.link(complete, file)
    sync(file.parent)


def sync(path: Path) -> None:
    """Wait until the disk has it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def opened_archive(file: Path, identity: Path | None) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and the database of a backup, which is read to its end; gone after the block."""
    with tempfile.TemporaryDirectory(prefix="profile-restore-") as directory:
        plain = decrypted(file, identity, Path(directory))
        try:
            with gzip.open(plain) as stream:
                with tarfile.open(fileobj=stream, mode="r|") as archive:
                    for member in archive:
                        if member.name in {MANIFEST, DATABASE}:
                            archive.extract(member, directory, filter="data")
                # The checksum comes last, and is compared when all has been read.
                while stream.read(2**20):
                    pass
            manifest = Manifest(**json.loads(Path(directory, MANIFEST).read_text()))
        except (tarfile.TarError, EOFError, OSError, zlib.error, ValueError, TypeError):
            raise BadBackup(f"{file} is not a backup of Profile, or it is damaged or incomplete.") from None
        if manifest.format != FORMAT:
            raise BadBackup(f"{file} was made by a newer version of Profile. Restore it with that version.")
        yield manifest, Path(directory, DATABASE)


def decrypted(file: Path, identity: Path | None, directory: Path) -> Path:
    try:
        with file.open("rb") as source:
            if source.read(len(AGE)) != AGE:
                return file
            source.seek(0)
            if identity is None:
                raise BadBackup(f"{file} is encrypted. Name the file with its key: --identity key.txt")
            plain = directory / "plain"
            with plain.open("xb") as target:
                pyrage.decrypt_io(source, target, identities(identity))
            return plain
    except FileNotFoundError:
        raise BadBackup(f"There is no file {file}.") from None
    except pyrage.DecryptError:
        raise BadBackup(f"The key in {identity} does not open {file}: it was encrypted for another one.") from None
    except OSError:
        raise BadBackup(f"{file} cannot be read, or it is damaged or incomplete.") from None


def identities(file: Path) -> list[pyrage.x25519.Identity]:
    """The secret keys in a file that `age-keygen` wrote."""
    try:
        lines = [line.strip() for line in file.read_text().splitlines()]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except FileNotFoundError:
        raise BadBackup(f"There is no file {file}.") from None
    except (pyrage.IdentityError, UnicodeDecodeError):
        found = []
    if not found:
        raise BadBackup(f"{file} has no secret key of age. Such a key begins with AGE-SECRET-KEY-1.")
    return found
