"""Bringing one's own city: files, progress, report, and the scene that comes of it."""

import hmac
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response

from citiverse.gis.formats import format_of
from citiverse.gis.recipe import NAME, box_fault
from citiverse.gis.refused import ImportRefused
from citiverse.gis.site import LonLatBox
from citiverse.gis.vector.files import SHAPEFILE_PARTS
from citiverse.gis.vector.read import WORDS
from citiverse.server.body import only, read_object
from citiverse.server.house import Here, House
from citiverse.server.problems import Refused
from citiverse.server.replies import Json
from citiverse.server.settings import LOOPBACK
from citiverse.session.imports import MOST_BYTES, Draft, ImportBusy, Imports, NoSuchImport, TooMuch
from citiverse.session.intake import Order
from citiverse.session.people import secret_of
from citiverse.session.workers import away

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}")
_BUFFER = 1 << 20
_PASSED_ON = ("x-forwarded-for", "x-real-ip", "forwarded", "via")
KEY_FILE = "import.key"


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    house: House = app.state.house
    app.state.imports = Imports(house.town, house.settings.data)
    try:
        yield
    finally:
        await app.state.imports.close()


router = APIRouter(prefix="/api/imports", tags=["imports"], lifespan=_lifespan)


def _allowed(request: Request, house: Here) -> Imports:
    """The imports, for whoever may import: someone on this machine, or who has the key. Raises Refused (401)."""
    if not _from_here(request, house):
        key = secret_of(house.settings.data / KEY_FILE).hex()
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), key.encode()):
            raise Refused(
                401,
                f"From another machine this needs a key, Authorization: Bearer KEY: the bytes of {KEY_FILE} in the "
                f"server's data folder as hexadecimal digits (xxd -p -c 64 {KEY_FILE}).",
                {"WWW-Authenticate": "Bearer"},
            )
    found: Imports = request.app.state.imports
    return found


def _from_here(request: Request, house: House) -> bool:
    """Whether a request comes from this machine, and not through a proxy."""
    settings = house.settings
    name = request.headers.get("host", "").rsplit(":", 1)[0].strip("[]")
    passed_on = any(header in request.headers for header in _PASSED_ON) or settings.origins or settings.hosts
    return request.client is not None and request.client.host in LOOPBACK and name in LOOPBACK and not passed_on


Allowed = Annotated[Imports, Depends(_allowed)]


def _draft(imports: Imports, id: str) -> Draft:
    try:
        return imports.draft(id)
    except NoSuchImport as reason:
        raise Refused(404, str(reason)) from None


@router.get("", summary="Imports that wait, run or are done")
async def every(imports: Allowed) -> Response:
    """All of them, without their reports, and what files may be taken for."""
    drafts = [{key: value for key, value in each.told().items() if key != "report"} for each in imports.drafts.values()]
    return Json({"imports": drafts, "most_bytes": MOST_BYTES, "kinds": list(WORDS)}, headers=_FRESH)


@router.post("", summary="Begin an import", status_code=201)
async def begin(request: Request, imports: Allowed) -> Response:
    """`{name}`: small letters, digits, - and _. An import under a name that is taken replaces that scene."""
    sent = await read_object(request)
    only(sent, "name")
    name = sent.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Refused(
            422, "name should be small letters, digits, - and _, with a letter or digit in front.", field="name"
        )
    try:
        draft = imports.begin(name)
    except ImportBusy as reason:
        raise Refused(409, str(reason)) from None
    return Json(draft.told(), 201, {"Location": f"/api/imports/{draft.id}"})


@router.get("/{id}", summary="How far an import has come")
async def one(imports: Allowed, id: str) -> Response:
    """`status` is waiting, running, done (with `scene` and `report`) or failed (with `detail`; start it again)."""
    return Json(_draft(imports, id).told(), headers=_FRESH)


@router.delete("/{id}", summary="Stop an import and forget its files", status_code=204)
async def take_back(imports: Allowed, id: str) -> Response:
    """A scene that was made stays."""
    await imports.take_back(_draft(imports, id))
    return Response(status_code=204)


@router.put("/{id}/files/{file}", summary="Send a file", status_code=201)
async def send(
    request: Request,
    house: Here,
    imports: Allowed,
    id: str,
    file: str,
    kind: Annotated[
        str, Query(alias="as", max_length=40, description="What it holds, where the file does not tell.")
    ] = "",
) -> Response:
    """The file's bytes as the body. Told is its format; a file in none that can be read is refused with 422."""
    draft = _draft(imports, id)
    if not _FILE.fullmatch(file):
        raise Refused(422, "A file's name has letters, digits, dots, - and _, at most 120 of them.", field="file")
    if kind and kind not in WORDS:
        raise Refused(422, f"{kind!r} is nothing that a file can hold; known are {', '.join(WORDS)}.", field="as")
    said = request.headers.get("content-length", "0")
    size = int(said) if said.isdecimal() and len(said) < 16 else 0
    _check_room(imports, draft, file, size)
    path = draft.folder / file
    beside = draft.folder / "arriving" / file
    beside.parent.mkdir(exist_ok=True)
    try:
        arrived = await _arrived(request, house, imports, draft, file)
        companion = path.suffix.lower() in SHAPEFILE_PARTS[1:]
        name = "part of a Shapefile" if companion else await away(house.town.workers.edits, _format_of, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    draft.sizes[file], draft.formats[file], draft.roles[file] = arrived, name, kind
    return Json({"file": file, "bytes": arrived, "format": name, "as": kind}, 201)


@router.delete("/{id}/files/{file}", summary="Take a file back", status_code=204)
async def forget(imports: Allowed, id: str, file: str) -> Response:
    """The import goes on without it."""
    draft = _draft(imports, id)
    if file not in draft.sizes:
        raise Refused(404, f"There is no file {file[:120]} in this import.")
    if draft.status == "running":
        raise Refused(409, "The import is running; please wait for its end.")
    (draft.folder / file).unlink(missing_ok=True)
    for known in (draft.sizes, draft.formats, draft.roles):
        known.pop(file, None)
    return Response(status_code=204)


@router.post("/{id}/start", summary="Begin to work", status_code=202)
async def start(request: Request, house: Here, imports: Allowed, id: str) -> Response:
    """`{crs?, vertical?, bbox?, columns?, lod?}` as `citiverse import` takes them; then ask how far it has come."""
    draft = _draft(imports, id)
    sent = await read_object(request) if await request.body() else {}
    only(sent, "crs", "vertical", "bbox", "columns", "lod")
    if not any(name for name in draft.sizes if (draft.folder / name).suffix.lower() not in SHAPEFILE_PARTS[1:]):
        raise Refused(409, "Please send at least one file first.")
    order = Order(
        name=draft.name,
        data=str(house.settings.data),
        files=[
            (str(draft.folder / name), draft.roles[name])
            for name in draft.sizes
            if (draft.folder / name).suffix.lower() not in SHAPEFILE_PARTS[1:]
        ],
        crs=_texts(sent, "crs"),
        vertical=_text(sent, "vertical") or "local",
        bbox=_box(sent.get("bbox")),
        columns=_columns(sent.get("columns", {})),
        lod=_number(sent.get("lod")),
    )
    try:
        imports.start(draft, order)
    except ImportBusy as reason:
        raise Refused(409, str(reason)) from None
    return Json(draft.told(), 202)


@router.get("/{id}/report", summary="The report as a page", response_class=Response)
async def report(imports: Allowed, id: str) -> Response:
    """HTML for a person to read or print."""
    draft = _draft(imports, id)
    if draft.status != "done":
        raise Refused(409, "There is no report before the import is done.")
    return Response(draft.page, media_type="text/html; charset=utf-8", headers=_FRESH)


_FRESH = {"Cache-Control": "no-store"}


async def _arrived(request: Request, house: House, imports: Imports, draft: Draft, file: str) -> int:
    """Write the body to disk as it comes; its length. Raises Refused."""
    path = draft.folder / "arriving" / file
    length, waiting = 0, bytearray()
    pool = house.town.workers.edits
    with path.open("wb") as out:
        async for chunk in request.stream():
            length += len(chunk)
            waiting += chunk
            if len(waiting) >= _BUFFER:
                _check_room(imports, draft, file, length)
                await away(pool, out.write, bytes(waiting))
                waiting.clear()
        _check_room(imports, draft, file, length)
        await away(pool, out.write, bytes(waiting))
    if not length:
        raise Refused(422, f"{file} is empty (0 bytes).")
    return length


def _check_room(imports: Imports, draft: Draft, file: str, size: int) -> None:
    try:
        imports.room_for(draft, file, size)
    except ImportBusy as reason:
        raise Refused(409, str(reason)) from None
    except TooMuch as reason:
        raise Refused(413, str(reason), {"Connection": "close"}) from None
    if draft.id not in imports.drafts:
        raise Refused(404, "This import was taken back.", {"Connection": "close"})


def _format_of(path: Path) -> str:
    """What a file is. Raises Refused."""
    try:
        return format_of(path).title
    except ImportRefused as reason:
        raise Refused(422, str(reason).replace(str(path), path.name), field="file") from None


def _text(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name, "")
    if not isinstance(value, str) or len(value) > 4000:
        raise Refused(422, f"{name} should be text such as EPSG:25832.", field=name)
    return value


def _texts(sent: dict[str, Any], name: str) -> list[str]:
    """One text, or a list of them."""
    value = sent.get(name, "")
    if not isinstance(value, list):
        return [_text(sent, name)]
    return [_text({name: each}, name) for each in value[:100]]


def _box(value: object) -> LonLatBox | None:
    if value is None:
        return None
    numbers = [float(each) for each in value if isinstance(each, int | float)] if isinstance(value, list) else []
    if not isinstance(value, list) or len(value) != 4 or len(numbers) != 4:
        raise Refused(422, "bbox should be [west, south, east, north] in degrees.", field="bbox")
    box = (numbers[0], numbers[1], numbers[2], numbers[3])
    fault = box_fault(box)
    if fault:
        raise Refused(422, f"The box {fault}.", field="bbox")
    return box


def _columns(value: object) -> dict[str, str]:
    good = isinstance(value, dict) and len(value) <= 100
    if not isinstance(value, dict) or not good or not all(isinstance(each, str) and each for each in value.values()):
        raise Refused(422, 'columns should say which column says what: {"height": "HAUTEUR"}.', field="columns")
    return {str(field): str(column) for field, column in value.items()}


def _number(value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 4:
        raise Refused(422, "lod should be a level of detail such as 2.2.", field="lod")
    return float(value)
