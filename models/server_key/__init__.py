"""The server's key (SECRET_KEY): which one a database is used with, and the change to another one."""

from models.server_key.rotation import Rotated, rotate
from models.server_key.server_key import ServerKey

__all__ = ["Rotated", "ServerKey", "rotate"]
