"""The stylesheet, the script and the images. Each has a hash of its content in its address and is cached for a year.

The sources stay small files: static/css and static/js are joined when the server starts.
"""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, current_app, request
from werkzeug.exceptions import NotFound
from werkzeug.http import generate_etag
from werkzeug.wrappers import Response

from blueprints.auth.access_control import public

STATIC = Path(__file__).parents[2] / "static"
# By file extension: the system's own tables differ, and with `nosniff` browsers refuse a script of another type.
TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
LAYERS = ("reset", "base", "layout", "components", "utilities")
FOR_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Asset:
    """A file as served, and the version in its address."""

    content: bytes
    mimetype: str

    zipped: bytes | None = None
    """The same compressed; None where that saves nothing, as with images."""

    @property
    def version(self) -> str:
        return generate_etag(self.content)[:12]


def init_app(app: Flask) -> None:
    app.extensions["assets"] = gather(STATIC)
    app.add_url_rule("/static/<version>/<path:filename>", "static", public(serve))
    # Browsers request this name when no page names an icon: for JSON, for a file, or for a proxy's error page.
    app.add_url_rule("/favicon.ico", "static", defaults={"version": "", "filename": "icon.ico"})

    @app.url_defaults
    def add_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("version", assets()[values["filename"]].version)


def serve(version: str, filename: str) -> Response:
    """An asset. An outdated version gets the current file: old styles are better than none."""
    asset = assets().get(filename)
    if asset is None:
        raise NotFound
    # Unlike pages, which hold secrets beside what somebody else may have chosen, an asset can be compressed (BREACH).
    zipped = asset.zipped if request.accept_encodings["gzip"] else None
    response = Response(zipped or asset.content, mimetype=asset.mimetype)
    if asset.zipped:
        response.vary.add("Accept-Encoding")
    if zipped:
        response.content_encoding = "gzip"
    response.headers["Cache-Control"] = FOR_A_YEAR if version == asset.version else "no-cache"
    response.set_etag(f"{asset.version}-gzip" if zipped else asset.version)
    if asset.mimetype.startswith("image/"):
        # Apps show our icon on their own pages.
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response.make_conditional(request)


def assets() -> dict[str, Asset]:
    """All assets by name: as of the start or, under `flask run --debug`, as of now."""
    if current_app.debug:
        return gather(STATIC)
    gathered: dict[str, Asset] = current_app.extensions["assets"]
    return gathered


def gather(folder: Path) -> dict[str, Asset]:
    images = {path.name: path.read_bytes() for path in (folder / "img").iterdir()}
    joined = {"site.css": stylesheet(folder / "css"), "site.js": script(folder / "js")}
    texts = {name: Asset(text, TYPES[Path(name).suffix], gzip.compress(text, mtime=0)) for name, text in joined.items()}
    return texts | {name: Asset(image, TYPES[Path(name).suffix]) for name, image in images.items()}


def stylesheet(folder: Path) -> bytes:
    """All stylesheets, each in the layer named after it or its folder; only tokens are in no layer."""
    sheets = [f"@layer {', '.join(LAYERS)};\n".encode(), (folder / "tokens.css").read_bytes()]
    for layer in LAYERS:
        files = sorted((folder / layer).glob("*.css")) or [folder / f"{layer}.css"]
        sheets.append(b"@layer %s {\n%s}\n" % (layer.encode(), b"".join(path.read_bytes() for path in files)))
    return b"".join(sheets)


def script(folder: Path) -> bytes:
    """All scripts, each with its own scope and its own start, so that one that fails does not stop the others."""
    return b"\n".join(b"queueMicrotask(() => {\n%s\n});" % path.read_bytes() for path in sorted(folder.glob("*.js")))
