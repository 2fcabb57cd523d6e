"""The web client, and the short addresses that lead into it."""

import hashlib
import hmac
import mimetypes
import re
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from citiverse.server.house import Here
from citiverse.server.problems import Refused
from citiverse.server.replies import IMMUTABLE, knows, takes_gzip
from citiverse.session.shelf import squeezed
from citiverse.session.workers import away

router = APIRouter(include_in_schema=False)

_HASHED = re.compile(r"[-.][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_SQUEEZABLE = (".html", ".js", ".css", ".json", ".svg", ".txt", ".wasm", ".webmanifest", ".glb", ".bin", ".map")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>CitiVERSE</title>
<style>body{font:1.1rem/1.6 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
<h1>The web client is not built</h1>
<p>The server runs, but the folder of its web client is empty. In a checkout, <code>make client</code> builds it;
then load this page again. An installed CitiVERSE brings the client along.</p>
<p>What the server offers without it: <a href="/docs">the programming interface</a>.</p></html>"""


@router.get("/")
async def index(request: Request, house: Here) -> Response:
    """The client's page."""
    page = house.client / "index.html"
    if not page.is_file():
        return Response(_PAGE, media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})
    return await _file(request, house, page)


@router.get("/s/{code}")
async def join(house: Here, code: str) -> Response:
    """Lead someone with a word for taking part, or for looking, into its proposal; planners to the city."""
    word = code.lower()[:40]
    if hmac.compare_digest(word.encode(), house.planners.encode()):
        return RedirectResponse(f"/?key={word}", 303)
    found = await away(house.town.workers.edits, house.town.log.proposal_of_code, word)
    if found is None:
        raise Refused(404, "Nobody plans under this code. Please check it.")
    key = f"&key={word}" if word == found.look or found.access == "link" else ""
    return RedirectResponse(f"/?scene={found.scene}&proposal={found.id}{key}", 303)


@router.get("/{path:path}")
async def file(request: Request, house: Here, path: str) -> Response:
    """A file of the client."""
    root = house.client.resolve()
    wanted = (root / path).resolve() if "\0" not in path else root
    if wanted == root or not wanted.is_relative_to(root) or not wanted.is_file() or "/." in f"/{path}":
        raise Refused(404, f"There is nothing at /{path[:200]}.")
    return await _file(request, house, wanted)


async def _file(request: Request, house: Here, path: Path) -> Response:
    content, packed, digest = await away(house.town.workers.edits, _read, path)
    fixed = path.parent.name == "assets" and _HASHED.search(path.name)
    headers = {
        "ETag": f'"{digest}"', "Cache-Control": IMMUTABLE if fixed else "no-cache", "Vary": "Accept-Encoding",
    }  # fmt: skip
    if knows(request, digest):
        return Response(status_code=304, headers=headers)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    if path.suffix in (".js", ".mjs"):
        media_type = "text/javascript"
    if packed is not None and takes_gzip(request):
        return Response(packed, headers={**headers, "Content-Encoding": "gzip"}, media_type=media_type)
    return Response(content, headers=headers, media_type=media_type)


def _read(path: Path) -> tuple[bytes, bytes | None, str]:
    status = path.stat()
    return _read_once(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=512)
def _read_once(path: Path, _modified_ns: int, _size: int) -> tuple[bytes, bytes | None, str]:
    """A file, its gzip where that helps, and its hash."""
    content = path.read_bytes()
    packed = squeezed(content) if path.suffix in _SQUEEZABLE else None
    return content, packed, hashlib.blake2b(content, digest_size=12).hexdigest()
