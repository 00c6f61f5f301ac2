"""The stylesheet, the script and the images: at addresses that change with their content, and kept for a year."""

from __future__ import annotations

import gzip
import shutil

import pytest
from flask import url_for

from blueprints.web.assets import STATIC, gather
from blueprints.web.urls import address_of

NAMES = ["site.css", "site.js", "icon.svg", "icon.ico"]
FOR_A_YEAR = "public, max-age=31536000, immutable"


@pytest.fixture
def address(app):
    """The address of an asset."""

    def find(name):
        with app.test_request_context():
            return url_for("static", filename=name)

    return find


@pytest.mark.parametrize("name", NAMES)
def test_an_asset_is_kept_for_a_year_by_whoever_passes_it_on(client, address, name):
    answer = client.get(address(name))
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == FOR_A_YEAR
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert answer.headers.get("Vary") == ("Accept-Encoding" if name.startswith("site.") else None)


@pytest.mark.parametrize("name", NAMES)
def test_texts_are_compressed_for_browsers_that_can_read_that(client, address, name):
    plain, asked = client.get(address(name)), {"Accept-Encoding": "br, gzip"}
    answer = client.get(address(name), headers=asked)
    if name.startswith("icon."):
        assert answer.content_encoding is None
        return
    assert answer.content_encoding == "gzip"
    assert gzip.decompress(answer.data) == plain.data
    assert len(answer.data) < len(plain.data) / 2
    assert answer.headers["ETag"] != plain.headers["ETag"]
    again = client.get(address(name), headers=asked | {"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("name", NAMES)
def test_a_browser_that_has_it_is_not_sent_it_again(client, address, name):
    whole = client.get(address(name))
    again = client.get(address(name), headers={"If-None-Match": whole.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["Cache-Control"]) == (304, b"", FOR_A_YEAR)
    asked = client.head(address(name))
    assert (asked.status_code, asked.data) == (200, b"")
    assert asked.headers["Content-Length"] == str(len(whole.data))


def test_every_file_has_another_address_once_its_content_is_another(tmp_path):
    copy = shutil.copytree(STATIC, tmp_path / "static")
    before = gather(copy)
    assert before == gather(STATIC), "the same sources give the same addresses on every machine"
    for source in ("css/components/button.css", "js/copy.js", "img/icon.svg", "img/icon.ico"):
        (copy / source).write_bytes((copy / source).read_bytes() + b" ")
    after = gather(copy)
    assert [name for name in NAMES if before[name].version == after[name].version] == []


@pytest.mark.parametrize("version", ["0123456789ab", "css", "~"])
def test_a_page_of_before_gets_the_present_file_and_does_not_keep_it(client, address, version):
    present = client.get(address("site.css"))
    answer = client.get(f"/static/{version}/site.css")
    assert (answer.status_code, answer.data) == (200, present.data)
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.asvs("5.3.2", "13.4.1", "13.4.3")
@pytest.mark.parametrize("path", ["/static/0123456789ab/other.css", "/static/css/tokens.css", "/static/x/../app.py"])
def test_what_is_no_asset_is_not_there(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


def test_an_icon_is_there_for_browsers_that_read_no_page_and_for_pages_of_apps(app, client):
    icon = client.get("/favicon.ico")
    assert (icon.status_code, icon.mimetype, icon.headers["Cache-Control"]) == (200, "image/x-icon", "no-cache")
    assert icon.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    with app.app_context():
        elsewhere = address_of("static", filename="icon.svg")
    assert client.get(elsewhere.removeprefix(app.config["PROFILE"].public_url)).mimetype == "image/svg+xml"


def test_our_styles_and_scripts_are_for_our_own_pages(client, address):
    for name in ("site.css", "site.js"):
        assert client.get(address(name)).headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_whoever_changes_a_sheet_sees_it_at_once_under_debug(app, client, address, monkeypatch, tmp_path):
    copy = shutil.copytree(STATIC, tmp_path / "static")
    monkeypatch.setattr("blueprints.web.assets.STATIC", copy)
    monkeypatch.setattr(app, "debug", True)
    (copy / "css/components/button.css").write_text(".button { color: teal }")
    assert b"teal" in client.get(address("site.css")).data
