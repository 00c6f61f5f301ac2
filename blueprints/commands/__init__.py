"""Commands that belong to no other blueprint: backups, demo data, instruments, translations, and forgetting what has expired."""

from __future__ import annotations

from flask import Flask

from blueprints.commands import backup, demo, doctor, instruments, key_rotation, reap, translations

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Add `flask backup`, `restore`, `demo`, `doctor`, `instruments`, `reap`, `secrets` and `translations`."""
    app.cli.add_command(backup.backup)
    app.cli.add_command(backup.restore)
    app.cli.add_command(demo.demo)
    app.cli.add_command(doctor.doctor)
    app.cli.add_command(instruments.group)
    app.cli.add_command(key_rotation.group)
    app.cli.add_command(reap.reap_now)
    app.cli.add_command(translations.group)
