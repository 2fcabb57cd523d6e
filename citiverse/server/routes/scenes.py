"""Scenes: what the server shows, tile by tile."""

import hashlib
import re

import orjson
from fastapi import APIRouter, Query, Request, Response

from citiverse.impact.card import card
from citiverse.impact.models import MODELS, REFUSED
from citiverse.server.body import read_object
from citiverse.server.house import Here
from citiverse.server.manifest import manifest
from citiverse.server.problems import Refused
from citiverse.server.replies import Json, by_hash, checked
from citiverse.server.routes.proposals import Seq
from citiverse.server.shapes import EDIT_BODY
from citiverse.server.trying import tried_out
from citiverse.session.branch import Branch
from citiverse.session.findings import NOTHING_YET
from citiverse.session.wishes import Wish, tried
from citiverse.session.workers import away

router = APIRouter(prefix="/api/scenes", tags=["scenes"])

_TILE = re.compile(r"[a-z]+/\d{1,2}/\d{1,6}/\d{1,6}\.([0-9a-f]{8,64})\.glb")
_LAYER = re.compile(r"([0-9a-f]{32})\.(json|f16)")
_LAYER_TYPES = {"json": "application/json", "f16": "application/octet-stream"}


@router.get("", summary="The scenes that are open or being opened")
async def scenes(house: Here) -> Response:
    """Id and title of each scene; `secure_port` is where the same is served by https, for headsets."""
    found = [{"id": each.name, "title": each.title, "status": "open"} for each in house.town.scenes.values()]
    opening = house.opening
    if opening.scene not in house.town.scenes:
        state = {"status": "failed", "detail": opening.failure} if opening.failure else {"status": "opening"}
        found.append({"id": opening.scene, "title": opening.scene.capitalize(), **state})
    found += [
        {"id": name, "title": name.capitalize(), "status": "opening"}
        for name in house.waiting
        if name not in house.town.scenes
    ]
    return Json({"scenes": found, "secure_port": house.settings.secure_port})


@router.get("/{scene}", summary="The manifest of a scene")
async def one(request: Request, house: Here, scene: str) -> Response:
    """Frame, bounds, layers, credits, forms of the verbs, models: all that a client needs to begin."""
    content = await away(house.town.workers.edits, manifest, house.scene(scene))
    return checked(request, _digest(content), orjson.Fragment(content))


@router.get("/{scene}/tileset.json", summary="3D Tiles 1.1 of a scene, or of a proposal for it")
async def tileset(
    request: Request, house: Here, scene: str, proposal: str | None = Query(None, max_length=80), seq: Seq = None
) -> Response:
    """The tileset; with `proposal` the one that its edits have led to, with `seq` as it was after that event."""
    shown = house.scene(scene)
    tiles, city = shown.tiles, shown.city
    if proposal is not None:
        room = await house.town.room(proposal)
        if room.scene is not shown:
            raise Refused(404, f"The proposal {proposal} is for another scene.")
        branch = await house.town.branch_at(room, seq)
        tiles, city = await house.town.tiles_at(room, branch), branch.city
    content = await away(house.town.workers.tiles, shown.tileset, city, tiles)
    return checked(request, _digest(content), orjson.Fragment(content))


@router.get("/{scene}/tiles/{path:path}", summary="A tile under the hash of its content", response_class=Response)
async def tile(request: Request, house: Here, scene: str, path: str) -> Response:
    """A GLB, `{layer}/{z}/{x}/{y}.{hash}.glb`; it never changes."""
    shown = house.scene(scene)
    match = _TILE.fullmatch(path)
    packed = await away(house.town.workers.edits, shown.shelf.squeezed, match[1]) if match else None
    if match is None or packed is None:
        raise Refused(404, "There is no such tile; the tileset names those that there are.")
    return by_hash(request, match[1], packed, "model/gltf-binary")


@router.post("/{scene}/try", summary="What an edit would do to the city as it is", openapi_extra=EDIT_BODY)
async def try_edit(request: Request, house: Here, scene: str) -> Response:
    """Warnings and costs of one edit before any proposal has begun; nothing is written.

    A refusal is answered as one; with "Prefer: handling=lenient" it comes as `problem` of a 200 instead.
    """
    shown = house.scene(scene)
    wish = Wish(by="", op_id="", kind="edit", edit=await read_object(request))
    return await tried_out(request, away(house.town.workers.edits, tried, Branch(shown.city), wish, shown.prices))


@router.get("/{scene}/models", summary="The cards of the models")
async def models(house: Here, scene: str) -> Response:
    """Of each model: its method, its inputs and how they are known here, its validity, what it does not know."""
    city = house.scene(scene).city
    cards = await away(house.town.workers.edits, lambda: [card(model, city) for model in MODELS])
    return Json({"models": cards, "refused": [{"model": name, "detail": why} for name, why in REFUSED.items()]})


@router.get("/{scene}/impacts", summary="What the models find in the city as it is")
async def impacts(house: Here, scene: str) -> Response:
    """Indicators and layers of the city before any change; `status` is running until all models are done."""
    baseline = house.scene(scene).findings.known_baseline or NOTHING_YET
    return Json({"seq": 0, **baseline.told}, headers={"Cache-Control": "no-store"})


@router.get("/{scene}/layers/{name}", summary="What an impact layer paints", response_class=Response)
async def layer(request: Request, house: Here, scene: str, name: str) -> Response:
    """Values of an impact layer: JSON by feature id, or a grid's cells.

    A grid is float16, little endian, row by row from the south-west; not-a-number is a cell without a value. Its
    place and size stand in the impacts.
    """
    shown = house.scene(scene)
    match = _LAYER.fullmatch(name)
    packed = shown.findings.layers.squeezed(match[1]) if match else None
    if match is None or packed is None:
        raise Refused(404, "This layer is no longer here; the proposal's impacts name the present ones.")
    return by_hash(request, match[1], packed, _LAYER_TYPES[match[2]])


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=12).hexdigest()
