"""The connection between the app and PostgreSQL, which a test can break at a COMMIT."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from threading import Thread

COMMIT = b"Q\0\0\0\x0bCOMMIT\0"


class Cable:
    """What lies between the app and PostgreSQL. It can break at a COMMIT."""

    def __init__(self, port: int) -> None:
        self.server = ("127.0.0.1", port)
        self.breaks: str | None = None
        """Where the next COMMIT is lost: on its way, or its answer; or it arrives late. `for good`: nobody connects afterwards."""
        self.broken = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                app, _ = self.listener.accept()
                if self.broken:
                    app.close()
                    continue
                server = socket.create_connection(self.server)
                lost: list[bool] = []
                Thread(target=self.to_server, args=(app, server, lost), daemon=True).start()
                Thread(target=self.to_app, args=(server, app, lost), daemon=True).start()

    def to_server(self, app: socket.socket, server: socket.socket, lost: list[bool]) -> None:
        with suppress(OSError), app, server:
            while sent := app.recv(65536):
                if sent == COMMIT and (how := self.breaks):
                    self.breaks = None
                    self.broken = how == "for good"
                    lost.append(True)
                    if how == "on its way":
                        hang_up(server)
                    elif how == "late":
                        hang_up(app)
                        time.sleep(0.5)
                        server.sendall(sent)
                        server.recv(65536)
                        return
                    else:
                        server.sendall(sent)
                        time.sleep(0.2)
                    hang_up(app)
                    return
                server.sendall(sent)

    def to_app(self, server: socket.socket, app: socket.socket, lost: list[bool]) -> None:
        with suppress(OSError):
            while (sent := server.recv(65536)) and not lost:
                app.sendall(sent)


def hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
