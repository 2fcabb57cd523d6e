"""Bringing one's own city over HTTP: files, progress, report, the scene that comes of it, and what is refused."""

import json
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from citiverse.session.reopening import FILE, remembered
from tests.server.town import Served, wait_until, write_town

Json = dict[str, Any]


@pytest.fixture(scope="module")
def extract(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A little town as an extract of OpenStreetMap."""
    path = tmp_path_factory.mktemp("extract") / "town.osm.pbf"
    write_town(path)
    return path.read_bytes()


def begun(http: httpx.Client, name: str) -> str:
    """The address of a new import."""
    answer = http.post("/api/imports", json={"name": name})
    assert answer.status_code == 201, answer.text
    return f"/api/imports/{answer.json()['id']}"


def ended(http: httpx.Client, at: str) -> Json:
    """An import that runs no more."""
    wait_until(lambda: http.get(at).json()["status"] not in {"running", "waiting"}, 120.0)
    told: Json = http.get(at).json()
    return told


def refused(answer: httpx.Response, status: int, *words: str) -> None:
    """Check that an answer is a problem with a sentence."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    for word in words:
        assert word in answer.json()["detail"]


def test_a_city_arrives_and_can_be_planned_on(server: Served, extract: bytes) -> None:
    http = server.http
    at = begun(http, "brought")
    sent = http.put(f"{at}/files/brought.osm.pbf", content=extract)
    assert sent.status_code == 201, sent.text
    assert sent.json()["format"].startswith("OpenStreetMap")
    people = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "properties": {"inhabitants": 42},
         "geometry": {"type": "Point", "coordinates": [24.9405, 60.1705]}},
    ]}  # fmt: skip
    assert http.put(f"{at}/files/who.geojson?as=population", content=json.dumps(people)).status_code == 201
    started = http.post(f"{at}/start", json={"bbox": [24.939, 60.1695, 24.9465, 60.1735]})
    assert started.status_code == 202, started.text
    refused(http.post(f"{at}/start", json={}), 409, "running")
    refused(http.put(f"{at}/files/late.osm", content=b"<osm/>"), 409, "running")
    done = ended(http, at)
    assert done["status"] == "done", done
    assert done["report"]["kinds"]["population"]["built"] == 1
    assert done["report"]["models"]["traffic"]["ready"]
    assert done["report"]["advice"]
    assert "<h1>brought" in http.get(f"{at}/report").text
    assert {each["id"] for each in http.get("/api/scenes").json()["scenes"]} >= {"town", "brought"}
    assert http.get("/api/scenes/brought").json()["title"] == "Brought"
    assert remembered(server.settings.data) == ["brought"]
    made = http.post("/api/scenes/brought/proposals", json={"title": "On new ground"})
    assert made.status_code == 201, made.text
    page = http.get(f"/api/proposals/{made.json()['id']}")
    assert page.status_code == 200

    again = begun(http, "brought")
    http.put(f"{again}/files/brought.osm.pbf", content=extract)
    http.post(f"{again}/start")
    assert ended(http, again)["status"] == "done"
    assert http.get(f"/api/proposals/{made.json()['id']}").json()["title"] == "On new ground"
    assert http.delete(at).status_code == 204
    refused(http.get(at), 404, "no import")
    (server.settings.data / FILE).unlink()  # other tests have servers on the same data


def test_a_city_that_can_not_be_read_says_why_and_may_be_mended(server: Served, extract: bytes) -> None:
    http = server.http
    at = begun(http, "mended")
    refused(http.post(f"{at}/start"), 409, "at least one file")
    http.put(f"{at}/files/a.osm.pbf", content=extract)
    http.post(f"{at}/start", json={"bbox": [1.0, 1.0, 1.01, 1.01]})
    told = ended(http, at)
    assert told["status"] == "failed"
    assert "inside the box" in told["detail"]
    refused(http.get(f"{at}/report"), 409, "before")
    assert http.post(f"{at}/start").status_code == 202
    assert http.get(at).json()["status"] == "running"
    assert http.delete(at).status_code == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "/api/imports", b'{"name": "../etc"}', 422, "small letters"),
        ("POST", "/api/imports", b'{"name": 7}', 422, "small letters"),
        ("POST", "/api/imports", b'{"name": "a", "x": 1}', 422, "x"),
        ("POST", "/api/imports", b"nonsense", 400, "JSON"),
        ("GET", "/api/imports/none", b"", 404, "no import"),
        ("PUT", "/api/imports/none/files/a.osm", b"x", 404, "no import"),
        ("PUT", "{at}/files/%2e%2e%2fetc", b"x", 405, ""),
        ("PUT", "{at}/files/a%20b.osm", b"x", 422, "letters"),
        ("PUT", "{at}/files/a.osm", b"", 422, "0 bytes"),
        ("PUT", "{at}/files/a.osm", b"\x00\x01\x02", 422, "a.osm"),
        ("PUT", "{at}/files/a.zip", b"PK\x03\x04broken", 422, "a.zip"),
        ("PUT", "{at}/files/a.osm?as=castle", b"<osm/>", 422, "castle"),
        ("POST", "{at}/start", b'{"bbox": [1, 2]}', 409, "at least one file"),
        ("DELETE", "{at}/files/none.osm", b"", 404, "no file"),
    ],
)
def test_what_makes_no_sense_is_refused(
    server: Served, method: str, path: str, body: bytes, status: int, words: str
) -> None:
    at = begun(server.http, "refusals")
    headers = {"content-type": "application/json"} if method == "POST" else {}
    try:
        refused(server.http.request(method, path.replace("{at}", at), content=body, headers=headers), status, words)
    finally:
        server.http.delete(at)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"bbox": [1, 2]}, "bbox"), ({"bbox": [60, 120, 61, 121]}, "latitude"), ({"columns": ["a"]}, "columns"),
        ({"lod": 17}, "lod"), ({"crs": 5}, "crs"), ({"colour": "red"}, "colour"),
    ],
    ids=str,
)  # fmt: skip
def test_wishes_that_can_not_be_are_refused(server: Served, extract: bytes, body: Json, word: str) -> None:
    at = begun(server.http, "wishes")
    server.http.put(f"{at}/files/a.osm.pbf", content=extract)
    try:
        refused(server.http.post(f"{at}/start", json=body), 422, word)
    finally:
        server.http.delete(at)


def test_too_much_is_refused_before_it_is_read(server: Served) -> None:
    at = begun(server.http, "large")
    host = f"127.0.0.1:{server.settings.port}"
    try:
        with socket.create_connection(("127.0.0.1", server.settings.port), timeout=10.0) as raw:
            raw.sendall(f"PUT {at}/files/a.osm HTTP/1.1\r\nHost: {host}\r\nContent-Length: {1 << 40}\r\n\r\n".encode())
            answer = raw.recv(4000)
    finally:
        server.http.delete(at)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"GiB" in answer


def test_from_elsewhere_an_import_needs_the_key(server: Served) -> None:
    http = server.http
    refused(http.get("/api/imports", headers={"x-forwarded-for": "203.0.113.7"}), 401, "key")
    key = (Path(server.settings.data) / "import.key").read_bytes().hex()
    elsewhere = {"x-forwarded-for": "203.0.113.7", "authorization": f"Bearer {key}"}
    assert http.get("/api/imports", headers=elsewhere).status_code == 200
    refused(http.get("/api/imports", headers={**elsewhere, "authorization": "Bearer 00"}), 401, "key")


def test_an_import_can_be_stopped(server: Served, extract: bytes) -> None:
    http = server.http
    at = begun(http, "stopped")
    http.put(f"{at}/files/a.osm.pbf", content=extract)
    http.post(f"{at}/start")
    began = time.monotonic()
    assert http.delete(at).status_code == 204
    assert time.monotonic() - began < 5.0
    assert "stopped" not in {each["id"] for each in http.get("/api/scenes").json()["scenes"]}
