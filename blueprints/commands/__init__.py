"""Commands that belong to no other blueprint: backups, demo data, instruments, the version, and forgetting what has expired."""

from __future__ import annotations

from flask import Flask

from blueprints.commands import backup, demo, doctor, instruments, key_rotation, reap, translations, version

__all__ = ["init_app"]


def init_app(app: Flask) -> None:
    """Add the commands: `backup` and `restore`, `demo`, `doctor`, `instruments`, `reap`, `secrets`, `translations`, `version`."""
    app.cli.add_command(backup.backup)
    app.cli.add_command(backup.restore)
    app.cli.add_command(demo.demo)
    app.cli.add_command(doctor.doctor)
    app.cli.add_command(instruments.group)
    app.cli.add_command(key_rotation.group)
    app.cli.add_command(reap.reap_now)
    app.cli.add_command(translations.group)
    app.cli.add_command(version.version)
